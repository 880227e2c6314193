"""Several processes behind one port: the application in the hands of uvicorn, an extra."""

import asyncio
import json
import logging
import os
import socket
import tempfile
from pathlib import Path

from threadpoolctl import threadpool_limits

from recognition.errors import ServiceError
from recognition.inference.live import LiveModel
from recognition.servers import asgi
from recognition.serving import application
from recognition.serving.observation import Observer, log_requests

try:
    import uvicorn
    from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
except ImportError:  # an extra: without it there is the built-in server
    uvicorn, HttpToolsProtocol = None, object

IDLE = 30  # seconds that a connection may wait for its next request
HEAD = 30.0  # seconds for the head of a request to come in
FINISH = 8  # seconds for the requests in flight when a worker stops
START = 60  # seconds in which a worker must show that it lives: it loads scikit-learn first
SETTINGS = "RECOGNITION_SERVER"  # environment variable that tells a worker what to serve: JSON
TO_SHARE = "PROMETHEUS_MULTIPROC_DIR"  # names the folder of the counters that the workers share


def check():
    """Make sure that there can be workers.

    Raises
    ------
    ServiceError
        If uvicorn is not installed.
    """
    if uvicorn is None:
        raise ServiceError("--workers needs uvicorn; install it with: pip install 'uvicorn[standard]'")


def serve(settings, listener, workers):
    """Serve a model by several workers until SIGTERM or Ctrl-C; one of several that dies is replaced.

    Parameters
    ----------
    settings : dict
        Arguments of `create_app` here; can be JSON.
    listener : socket.socket
        Listens already; all workers take connections from it.
    workers : int
        Processes; one is this very process.
    """
    logging.getLogger("uvicorn").setLevel(logging.CRITICAL)
    # Else the end of an answer waits for the client's delayed acknowledgement: to uvicorn this is any socket.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with tempfile.TemporaryDirectory() as shared:
        os.environ[SETTINGS] = json.dumps(settings)
        if workers > 1:
            os.environ[TO_SHARE] = shared
        uvicorn.run(
            f"{__name__}:create_app",
            factory=True,
            workers=workers,
            fd=listener.fileno(),
            http=PatientProtocol,
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


def create_app():
    """Build the ASGI application that the environment tells of, in a worker: asgi.Application."""
    settings = json.loads(os.environ[SETTINGS])
    log_requests()
    live = LiveModel(settings["name"])
    observer = Observer(live.current)
    folder = settings["collection"] and Path(settings["collection"])
    app = application.create_app(live.current, folder, settings["token"], settings["cors"], observer)
    threadpool_limits(1)  # its matrix products leave the other cores to the other workers
    return asgi.Application(app, live.current, observer, settings["token"])


class PatientProtocol(HttpToolsProtocol):
    """HTTP/1.1 as uvicorn has it, with an end to the patience with heads of requests that do not come."""

    def connection_made(self, transport):
        """Begin to wait."""
        super().connection_made(transport)
        self._begin()

    def on_message_begin(self):
        """Wait for the rest of the head."""
        self._begin()
        super().on_message_begin()

    def on_headers_complete(self):
        """Wait no more: the application does."""
        self._late.cancel()
        super().on_headers_complete()

    def connection_lost(self, exc):
        """Wait no more."""
        self._late.cancel()
        super().connection_lost(exc)

    def _begin(self):
        if late := getattr(self, "_late", None):
            late.cancel()
        self._late = asyncio.get_running_loop().call_later(HEAD, self.transport.close)
