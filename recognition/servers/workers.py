"""Several processes behind one port: the application in the hands of uvicorn, an extra."""

import asyncio
import json
import os
import socket
import tempfile
from dataclasses import asdict
from pathlib import Path

from threadpoolctl import threadpool_limits
from werkzeug.exceptions import BadRequest

from recognition.errors import ServiceError
from recognition.inference.live import LiveModel
from recognition.servers import asgi
from recognition.serving.admission import IDLE, TRANSFER, Settings, on_the_wire, refusal
from recognition.serving.observation import log_requests

try:
    import uvicorn
    from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
except ImportError:  # an extra: without it there is the built-in server
    uvicorn, HttpToolsProtocol = None, object

FINISH = 8  # seconds for the requests in flight when a worker stops
START = 60  # seconds in which a worker must show that it lives: it loads scikit-learn first
TO_SERVE = "RECOGNITION_SERVER"  # environment variable that holds what a worker serves: JSON
TO_SHARE = "PROMETHEUS_MULTIPROC_DIR"  # names the folder of the counters that the workers share


def check():
    """Raise a ServiceError if uvicorn is not installed."""
    if uvicorn is None:
        raise ServiceError("--workers needs uvicorn; install it with: pip install 'uvicorn[standard]'")


def serve(name, settings, listener, workers):
    """Serve a model by several workers until SIGTERM or Ctrl-C; one of several that dies is replaced.

    Parameters
    ----------
    name : str
        Name of the model.
    settings : admission.Settings
        Settings of the server.
    listener : socket.socket
        Socket that listens already; all workers take connections from it.
    workers : int
        Number of processes; one is this very process.
    """
    # Else the end of an answer waits for the client's delayed acknowledgement: to uvicorn this is any socket.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with tempfile.TemporaryDirectory() as shared:
        os.environ[TO_SERVE] = json.dumps([name, asdict(settings)], default=str)
        if workers > 1:
            os.environ[TO_SHARE] = shared
        uvicorn.run(
            f"{__name__}:build_worker",
            factory=True,
            workers=workers,
            fd=listener.fileno(),
            http=WorkerProtocol,
            ws="none",
            lifespan="on",
            log_config=None,
            log_level="critical",
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_keep_alive=IDLE,
            timeout_graceful_shutdown=FINISH,
            timeout_worker_healthcheck=START,
        )


def build_worker():
    """Build the ASGI application of a worker from the environment: asgi.Application."""
    name, choices = json.loads(os.environ[TO_SERVE])
    collection = choices.pop("collection")
    log_requests()
    app = asgi.Application(LiveModel(name).current, Settings(collection and Path(collection), **choices))
    threadpool_limits(1)  # its matrix products leave the other cores to the other workers
    return app


class WorkerProtocol(HttpToolsProtocol):
    """HTTP/1.1 as uvicorn has it, with a deadline for the heads of requests, and with problems."""

    _deadline = None

    def connection_made(self, transport):
        """Begin to wait for a head."""
        super().connection_made(transport)
        self._wait()

    def on_message_begin(self):
        """Wait for the rest of a head."""
        self._wait()
        super().on_message_begin()

    def on_headers_complete(self):
        """Leave the body to the application, which has a deadline for it."""
        self._deadline.cancel()
        super().on_headers_complete()

    def connection_lost(self, exc):
        """Wait no more."""
        self._deadline.cancel()
        super().connection_lost(exc)

    def send_400_response(self, msg):
        """Answer what is no request at all."""
        self.transport.write(on_the_wire(refusal(BadRequest("this is no HTTP request; send one"))))
        self.transport.close()

    def _wait(self):
        if self._deadline:
            self._deadline.cancel()
        self._deadline = asyncio.get_running_loop().call_later(TRANSFER, self.transport.close)
