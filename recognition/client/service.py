"""The client's side of the HTTP contract: canonical images in, predictions out."""

import json
from functools import partial
from threading import Lock
from urllib.parse import urlsplit, urlunsplit

import requests

from recognition.client.connection import MAX_ANSWER, TooLateError, TooLongError, open_session
from recognition.client.contract import check_card, check_predictions
from recognition.console import printable
from recognition.errors import ImageError, ServiceError

LONGEST = 500  # characters of a sentence of a server


class Service:
    """A recognition server that is not trusted, asked over kept connections; whatever goes wrong becomes one sentence.

    Parameters
    ----------
    url : str
        Address of the server, as of `base_url`.
    timeout : float
        Seconds to wait for a connection, and for the whole of an answer.
    token : str, optional
        Token that the server may want.

    Raises
    ------
    ServiceError
        If the URL is no address.
    """

    def __init__(self, url, timeout, token=None):
        self.url = base_url(url)
        self.timeout = timeout
        self.session = open_session()
        self.parsing = Lock()  # the objects of an evil answer take fifty times its bytes
        if token:
            self.session.headers["Authorization"] = f"Bearer {token}"
        # A proxy set for the internet must not be asked for this very machine.
        self.session.trust_env = urlsplit(self.url).hostname not in {"localhost", "127.0.0.1", "::1"}

    def model(self):
        """Return the card of the model.

        Returns
        -------
        card : dict
            Its "shape", "range" and "classes".

        Raises
        ------
        ServiceError
            If there is no such server.
        """
        return self._ask(check_card, "GET", "/model")

    def predict(self, instances):
        """Return the predictions of canonical images.

        Parameters
        ----------
        instances : list of list of number
            Flat images, each with the numbers that the model takes.

        Returns
        -------
        predictions : list of dict
            Predictions of the HTTP contract, in the same order.

        Raises
        ------
        ServiceError
            If the server cannot be reached, refuses, or answers otherwise than the contract says.
        """
        check = partial(check_predictions, count=len(instances))
        return self._ask(check, "POST", "/prediction", json={"instances": instances})

    def predict_picture(self, path, seen=False, pattern=None):
        """Return the prediction of a picture, posted as a file.

        Parameters
        ----------
        path : pathlib.Path
            Path of the picture.
        seen : bool
            Whether to ask what the model saw, too.
        pattern : str, optional
            What may be written.

        Returns
        -------
        prediction : dict
            Prediction of the HTTP contract.

        Raises
        ------
        ImageError
            If it cannot be opened.
        ServiceError
            If the server cannot be reached, refuses, or answers otherwise than the contract says.
        """
        try:
            content = path.read_bytes()
        except OSError as error:
            raise ImageError(f"cannot be opened: {error.strerror}") from error
        check, files = partial(check_predictions, count=1, seen=seen), {"file": (printable(path.name), content)}
        query = {**({"seen": "1"} if seen else {}), **({} if pattern is None else {"pattern": pattern})}
        (prediction,) = self._ask(check, "POST", "/prediction", params=query, files=files)
        return prediction

    def _ask(self, check, method, path, **content):
        """Send a request and return the JSON of its answer, as a check of the contract returns it."""
        answer = self._exchange(method, path, **content)
        if not answer.ok or answer.is_redirect:
            raise ServiceError(self._reason(answer))
        try:
            with self.parsing:
                return check(json.loads(answer.content))
        except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
            raise self._not_recognition("this is no JSON") from error
        except ValueError as error:
            raise self._not_recognition(error) from error

    def _exchange(self, method, path, **content):
        """Send a request and return its answer, whatever it is."""
        try:
            return self.session.request(method, self.url + path, timeout=self.timeout, **content)
        except (requests.exceptions.Timeout, TooLateError) as error:
            raise ServiceError(
                f"no answer from {self.url} within {self.timeout:g} s; try a longer --timeout"
            ) from error
        except TooLongError as error:
            raise self._not_recognition(f"more than {MAX_ANSWER:,} bytes") from error
        except requests.exceptions.ConnectionError as error:
            raise ServiceError(f"no server answers at {self.url}; start one with: python server.py") from error
        except (requests.exceptions.RequestException, ValueError) as error:  # the latter of names that are no hosts
            raise ServiceError(f"{self.url} cannot be asked: {error}") from error

    def _reason(self, answer):
        """Return why an answer is a refusal."""
        if answer.headers.get("Server", "").startswith("AirTunes"):
            return (
                f"{self.url} is macOS's AirPlay receiver, which holds port 5000; start the server with -p 5001 "
                "and ask with --url http://localhost:5001"
            )
        if answer.is_redirect:
            place = answer.headers["Location"][:LONGEST]
            return f"{self.url} sends all questions on to {place}; if that is right, ask there with --url"
        try:
            reason = json.loads(answer.content)["detail"][:LONGEST]
        except (ValueError, LookupError, TypeError, RecursionError):
            reason = f"{answer.reason} (is {self.url} a recognition server?)"
        return f"the server answered {answer.status_code}: {reason}"

    def _not_recognition(self, reason):
        return ServiceError(f"{self.url} answers, but not as a recognition server does ({reason}); check --url")


def base_url(text):
    """Return the address of a server as the paths of its contract are appended to it.

    Parameters
    ----------
    text : str
        Address as people give it: without a scheme, with a slash at the end, or with the path to post to.

    Returns
    -------
    url : str
        `http://localhost:5000` of `localhost:5000`, `localhost:5000/` and `http://localhost:5000/prediction`.

    Raises
    ------
    ServiceError
        If it is no address.
    """
    try:
        parts = urlsplit(text if "://" in text else f"http://{text}")
        valid = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        valid = False
    if not valid:
        raise ServiceError(f"{text!r} is no address; give one such as http://localhost:5000")
    return urlunsplit((parts.scheme, parts.netloc, parts.path.rstrip("/").removesuffix("/prediction"), "", ""))
