"""The client's side of the HTTP contract: canonical images in, predictions out."""

from urllib.parse import urlsplit, urlunsplit

import requests

from recognition.errors import ImageError, ServiceError


class Service:
    """A recognition server, asked over kept connections; whatever goes wrong becomes one sentence.

    Parameters
    ----------
    url : str
        Address of the server, as of `base_url`.
    timeout : float
        Seconds to wait for an answer.
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
        self.session = requests.Session()
        if token:
            self.session.headers["Authorization"] = f"Bearer {token}"
        # A proxy set for the internet must not be asked for this very machine.
        self.session.trust_env = urlsplit(self.url).hostname not in {"localhost", "127.0.0.1", "::1"}

    def model(self):
        """Return the card of the model.

        Returns
        -------
        card : dict
            With at least "shape", "range" and "classes".

        Raises
        ------
        ServiceError
            If there is no such server.
        """
        card = self._ask("GET", "/model")
        if not isinstance(card, dict) or not {"shape", "range", "classes"} <= card.keys():
            raise self._not_recognition()
        return card

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
            If the server cannot be reached, or refuses.
        """
        predictions = self._ask("POST", "/prediction", json={"instances": instances})["predictions"]
        if len(predictions) != len(instances):
            raise self._not_recognition()
        return predictions

    def predict_picture(self, path, seen=False):
        """Return the prediction of a picture, posted as a file.

        Parameters
        ----------
        path : pathlib.Path
            Path of the picture.
        seen : bool
            Whether to ask what the model saw, too.

        Returns
        -------
        prediction : dict
            Prediction of the HTTP contract.

        Raises
        ------
        ImageError
            If it cannot be opened.
        ServiceError
            If the server cannot be reached, or refuses.
        """
        try:
            content = path.read_bytes()
        except OSError as error:
            raise ImageError(f"cannot be opened: {error.strerror}") from error
        answer = self._ask("POST", f"/prediction{'?seen=1' if seen else ''}", files={"file": (path.name, content)})
        return answer["predictions"][0]

    def _ask(self, method, path, **content):
        """Send a request and return the JSON of its answer."""
        try:
            answer = self.session.request(method, self.url + path, timeout=self.timeout, **content)
            if answer.ok:
                return answer.json()
        except requests.exceptions.JSONDecodeError as error:
            raise self._not_recognition() from error
        except requests.exceptions.Timeout as error:
            raise ServiceError(
                f"no answer from {self.url} within {self.timeout:g} s; try a longer --timeout"
            ) from error
        except requests.exceptions.ConnectionError as error:
            raise ServiceError(f"no server at {self.url}; start one with: python server.py") from error
        except requests.exceptions.RequestException as error:
            raise ServiceError(f"{self.url} cannot be asked: {error}") from error
        raise ServiceError(self._reason(answer))

    def _reason(self, answer):
        """Return why an answer is a refusal."""
        if answer.headers.get("Server", "").startswith("AirTunes"):
            return (
                f"{self.url} is macOS's AirPlay receiver, which holds port 5000; start the server with -p 5001 "
                "and ask with --url http://localhost:5001"
            )
        try:
            reason = answer.json()["detail"]
        except (ValueError, KeyError, TypeError):
            reason = f"{answer.reason} (is {self.url} a recognition server?)"
        return f"the server answered {answer.status_code}: {reason}"

    def _not_recognition(self):
        return ServiceError(f"{self.url} answers, but not as a recognition server does; check --url")


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
