"""The application for uvicorn's workers: an event loop reads all requests whole, so a slow client keeps nothing.

Everything is answered by the Flask application, in a few threads, but for what most requests are: a few instances as
JSON that fit. They are admitted as all are, and predicted together in the loop itself.
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
from werkzeug.wrappers import Response

from recognition.serving import admission
from recognition.serving.application import build_application
from recognition.serving.instances import instances_in
from recognition.serving.observation import Observer, id_of

LAST = 1.0  # second for what is left when all connections are closed
THREADS = 300  # for the Flask application, made as they are needed; more than may wait for a turn in it
SMALL = 64 * 2**10  # bytes of a body that is answered in the loop
ROWS = 256  # of several requests in one prediction
QUESTION = ("POST", "/prediction", "application/json")


class Application:
    """Answers the requests of a worker, by a model and settings as `build_application` takes them."""

    def __init__(self, current, settings=admission.DEFAULT):
        self.current, self.settings, self.observer = current, settings, Observer(current)
        self.app = build_application(current, settings, self.observer)
        self.threads = ThreadPoolExecutor(THREADS)
        self.batch = None
        self.in_flight = self.held = 0  # requests, and bytes of their bodies

    async def __call__(self, scope, receive, send):
        """Answer a request, as ASGI has it."""
        if scope["type"] == "lifespan":
            return await _live(receive, send)
        self.in_flight += 1
        chunks = []
        try:
            answer = await self._answer(scope, receive, chunks)
        except HTTPException as error:
            answer = admission.refusal(error)
        except ConnectionResetError:
            return
        finally:
            self.in_flight -= 1
            self.held -= sum(map(len, chunks))
        head = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers]
        await send({"type": "http.response.start", "status": answer.status_code, "headers": head})
        await send({"type": "http.response.body", "body": answer.data})

    async def _answer(self, scope, receive, chunks):
        """Return the answer, a werkzeug.Response; the chunks of the body are in `chunks`, however it ends."""
        begin = time.perf_counter()
        if self.in_flight > admission.MAX_REQUESTS:
            raise admission.too_many_requests()
        try:
            async with asyncio.timeout(admission.TRANSFER):
                await self._read(receive, chunks)
        except TimeoutError as error:
            raise admission.too_late() from error
        body = b"".join(chunks)
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        plain = len(body) <= SMALL and len(headers) == len(scope["headers"])  # no header is doubled
        if plain and (scope["method"], scope["path"], kind) == QUESTION:
            try:
                return await self._predict(scope, headers, body, begin)
            except HTTPException:
                pass  # which the Flask application tells, and counts
        arguments = (self.app, _environ(scope, body), True)
        return await asyncio.get_running_loop().run_in_executor(self.threads, Response.from_app, *arguments)

    async def _read(self, receive, chunks):
        """Read the chunks of a body, as long as it is not too long and not too much is held already."""
        size, more = 0, True
        while more and size <= admission.MAX_BODY:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise ConnectionResetError
            chunks.append(message.get("body", b""))
            size += len(chunks[-1])
            self.held += len(chunks[-1])
            if self.held > admission.MAX_HELD:
                raise admission.too_much_held()
            more = message.get("more_body", False)

    async def _predict(self, scope, headers, body, begin):
        """Return the answer about a few instances, or raise the HTTPException that refuses them."""
        admission.admit("POST", "prediction", headers, self.settings)
        model = self.current()
        rows = instances_in(body, model.recognizer)
        if not (self.batch and self.batch.takes(model.recognizer, rows)):
            self.batch = Batch(model.recognizer)
        predictions = await self.batch.add(rows)
        request_id = id_of(headers.get("x-request-id", ""))
        self.observer.note(
            id=request_id,
            client=(scope["client"] or ("unknown", 0))[0],
            method="POST",
            path="/prediction",
            route="/prediction",
            status=200,
            begin=begin,
            size=len(body),
            predicted=[(prediction.label, prediction.recognized) for prediction in predictions],
        )
        answer = {"model": model.name, "predictions": [prediction.as_dict() for prediction in predictions]}
        head = {"X-Request-ID": request_id} | admission.headers_for("POST", headers.get("origin"), self.settings)
        return Response(json.dumps(answer), headers=head, content_type="application/json")


class Batch:
    """Rows of the requests that come in one turn of the loop, as most of the work is the same for one as for many."""

    def __init__(self, recognizer):
        self.recognizer, self.rows, self.count = recognizer, [], 0
        self.predictions = asyncio.create_task(self._predict())  # in the next turn

    def takes(self, recognizer, rows):
        """Return whether rows for a recognizer may be added."""
        return recognizer is self.recognizer and self.count + len(rows) <= ROWS and not self.predictions.done()

    async def add(self, rows):
        """Add rows, and return their predictions once all are made."""
        place = slice(self.count, self.count + len(rows))
        self.rows.append(rows)
        self.count = place.stop
        return (await asyncio.shield(self.predictions))[place]

    async def _predict(self):
        return self.recognizer.predict(np.concatenate(self.rows))


async def _live(receive, send):
    """Begin, and end even if a thread does not."""
    await receive()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    last = threading.Timer(LAST, os._exit, [0])
    last.daemon = True
    last.start()
    await send({"type": "lifespan.shutdown.complete"})


def _environ(scope, body):
    """Return WSGI's environ (PEP 3333) of ASGI's scope and a whole body."""
    host, port = scope["server"] or ("unknown", 0)
    environ = {
        "REQUEST_METHOD": scope["method"],
        "PATH_INFO": scope["path"].encode().decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_NAME": host,
        "SERVER_PORT": str(port),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "REMOTE_ADDR": (scope["client"] or ("unknown", 0))[0],
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope["scheme"],
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name, value in scope["headers"]:
        if b"_" not in name:  # it could pass for another with a hyphen
            key, text = f"HTTP_{name.decode('latin-1').upper().replace('-', '_')}", value.decode("latin-1")
            environ[key] = f"{environ[key]},{text}" if key in environ else text
    environ.pop("HTTP_TRANSFER_ENCODING", None)
    return environ | {"CONTENT_TYPE": environ.pop("HTTP_CONTENT_TYPE", ""), "CONTENT_LENGTH": str(len(body))}
