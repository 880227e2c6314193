"""The application for uvicorn's workers: requests are read whole, and small questions predicted together.

An event loop reads all requests at once, so a slow client keeps nothing but its own connection. Everything is
answered by the Flask application, in a few threads, but for what most requests are: a few instances as JSON that
fit. Those that have come in while the last ones were predicted are predicted together, in the loop itself, since
most of a prediction's work is the same for one row as for many.
"""

import asyncio
import io
import json
import os
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from werkzeug.exceptions import HTTPException

from recognition.serving.access import HEADERS, has_token
from recognition.serving.instances import instances_in
from recognition.serving.observation import id_of
from recognition.serving.problems import HELD, MAX_BODY, MOST_HELD, problem_json

LAST = 1.0  # second for what is left when all connections are closed
TRANSFER = 30.0  # seconds for a body to come in
MOST_REQUESTS = 1000  # in flight in a worker
THREADS = 300  # for the Flask application, made as they are needed; more than may wait for a turn in it
SMALL = 64 * 2**10  # bytes of a body that is answered in the loop
TOGETHER = 256  # rows in one prediction


class Application:
    """An ASGI application around the Flask application.

    Parameters
    ----------
    app : flask.Flask
        From `application.create_app`.
    current : callable
        Gives the artifact.Model to answer with.
    observer : observation.Observer
        Logs and counts.
    token : str, optional
        As the Flask application has it.
    """

    def __init__(self, app, current, observer, token=None):
        self.app = app
        self.current = current
        self.observer = observer
        self.token = token
        self.threads = ThreadPoolExecutor(THREADS)
        self.in_flight = 0
        self.held = 0  # bytes of the bodies in flight
        self.waiting = []  # (recognizer, rows, future of its predictions)

    async def __call__(self, scope, receive, send):
        """Answer a request, as ASGI has it."""
        if scope["type"] == "lifespan":
            return await _live(receive, send)
        self.in_flight += 1
        taken = []
        try:
            status, head, body = await self._answer(scope, receive, taken)
        except ConnectionResetError:
            return
        finally:
            self.in_flight -= 1
            self.held -= sum(map(len, taken))
        await send({"type": "http.response.start", "status": status, "headers": head})
        await send({"type": "http.response.body", "body": body})

    async def _answer(self, scope, receive, taken):
        """Give status, head and body of the answer; the parts of the body that came are in `taken`, however it ends."""
        begin = time.perf_counter()
        headers = dict(scope["headers"])
        if self.in_flight > MOST_REQUESTS:
            return _problem(503, f"{MOST_REQUESTS} requests are under way; ask again in 2 s")
        try:
            async with asyncio.timeout(TRANSFER):
                await self._read(receive, taken)
        except TimeoutError:
            return _problem(408, f"the body did not come within {TRANSFER:g} s; send it faster, or less of it")
        if self.held > MOST_HELD:
            return _problem(503, HELD)
        body = b"".join(taken)
        if self._is_plain_question(scope, headers, body):
            model = self.current()
            try:
                rows = instances_in(body, model.recognizer)
            except HTTPException:
                pass  # which the Flask application will tell
            else:
                predictions = await self._predict(model.recognizer, rows)
                return self._tell(scope, headers, body, begin, model, predictions)
        return await asyncio.get_running_loop().run_in_executor(self.threads, self._ask_flask, scope, body)

    async def _read(self, receive, taken):
        """Take the parts of a body, as long as it is not too long and not too much is held already."""
        size, more = 0, True
        while more and size <= MAX_BODY and self.held <= MOST_HELD:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise ConnectionResetError
            taken.append(message.get("body", b""))
            size += len(taken[-1])
            self.held += len(taken[-1])
            more = message.get("more_body", False)

    def _is_plain_question(self, scope, headers, body):
        """Tell whether instances are asked about by a program, and not too many."""
        return (
            scope["path"] == "/prediction"
            and scope["method"] == "POST"
            and headers.get(b"content-type", b"").partition(b";")[0].strip().lower() == b"application/json"
            and len(body) <= SMALL
            and b"origin" not in headers
            and b"sec-fetch-site" not in headers
            and has_token(headers.get(b"authorization", b"").decode("latin-1"), self.token)
        )

    def _predict(self, recognizer, rows):
        """Ask about rows together with all that come before the loop is here again: a future of their predictions."""
        loop = asyncio.get_running_loop()
        answer = loop.create_future()
        if not self.waiting:
            loop.call_soon(self._predict_waiting)
        self.waiting.append((recognizer, rows, answer))
        return answer

    def _predict_waiting(self):
        """Predict for those that wait, or the first of them."""
        recognizer, taken, count = self.waiting[0][0], [], 0
        for question in self.waiting:
            if question[0] is not recognizer or (taken and count + len(question[1]) > TOGETHER):
                break
            taken.append(question)
            count += len(question[1])
        del self.waiting[: len(taken)]
        if self.waiting:
            asyncio.get_running_loop().call_soon(self._predict_waiting)
        answers = [answer for _, _, answer in taken if not answer.cancelled()]
        try:
            predictions = iter(recognizer.predict(np.concatenate([rows for _, rows, _ in taken])))
        except Exception as error:  # a bug, which each of those that wait shall meet
            for answer in answers:
                answer.set_exception(error)
            return
        for _, rows, answer in taken:
            mine = [next(predictions) for _ in rows]
            if not answer.cancelled():
                answer.set_result(mine)

    def _tell(self, scope, headers, body, begin, model, predictions):
        """Give the answer to a plain question, and leave word of it."""
        text = json.dumps({"model": model.name, "predictions": [one.as_dict() for one in predictions]}).encode()
        request_id = id_of(headers.get(b"x-request-id", b"").decode("latin-1"))
        self.observer.note(
            id=request_id,
            client=(scope["client"] or ("unknown", 0))[0],
            method="POST",
            path="/prediction",
            route="/prediction",
            status=200,
            begin=begin,
            size=len(body),
            predicted=[(one.label, one.recognized) for one in predictions],
        )
        length = str(len(text)).encode()
        head = [
            (b"content-type", b"application/json"),
            (b"content-length", length),
            (b"x-request-id", request_id.encode()),
        ]
        return 200, head + ALWAYS, text

    def _ask_flask(self, scope, body):
        """Let the Flask application answer, in this thread."""
        started = []
        chunks = self.app(_environ(scope, body), lambda status, head, exc_info=None: started.extend((status, head)))
        try:
            text = b"".join(chunks)
        finally:
            getattr(chunks, "close", lambda: None)()
        status, head = started
        return int(status[:3]), [(name.encode("latin-1"), value.encode("latin-1")) for name, value in head], text


ALWAYS = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]


async def _live(receive, send):
    """Begin, and end even if a thread does not."""
    while True:
        kind = (await receive())["type"]
        if kind == "lifespan.shutdown":
            last = threading.Timer(LAST, os._exit, [0])
            last.daemon = True
            last.start()
        await send({"type": f"{kind}.complete"})
        if kind == "lifespan.shutdown":
            return


def _problem(status, detail):
    """Give an answer of problem+json, and close the connection."""
    text = problem_json(status, detail)
    head = [(b"content-type", b"application/problem+json"), (b"content-length", str(len(text)).encode())]
    head += [(b"retry-after", b"2")] if status == 503 else []
    return status, [*head, (b"connection", b"close"), *ALWAYS], text


def _environ(scope, body):
    """Turn ASGI's scope and a whole body into WSGI's environ (PEP 3333): dict."""
    host, port = scope["server"] or ("unknown", 0)
    environ = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": scope["path"].encode().decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_NAME": host,
        "SERVER_PORT": str(port),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "REMOTE_ADDR": (scope["client"] or ("unknown", 0))[0],
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope["scheme"],
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name, value in scope["headers"]:
        if b"_" in name:
            continue  # it could pass for another with a hyphen
        key, text = name.decode("latin-1").upper().replace("-", "_"), value.decode("latin-1")
        if key == "CONTENT_TYPE":
            environ[key] = text
        elif key not in ("CONTENT_LENGTH", "TRANSFER_ENCODING"):
            key = f"HTTP_{key}"
            environ[key] = f"{environ[key]},{text}" if key in environ else text
    return environ
