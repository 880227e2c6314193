"""Several processes behind one port: the application in the hands of uvicorn, an extra."""

import asyncio
import os
import tempfile
from functools import partial

from threadpoolctl import threadpool_limits

from recognition.errors import ServiceError

try:
    from uvicorn import Config
    from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
    from uvicorn.supervisors import Multiprocess
except ImportError:  # an extra: without it there is the built-in server
    Config, HttpToolsProtocol, Multiprocess = None, object, None

IDLE = 30  # seconds that a connection may wait for its next request
HEAD = 30.0  # seconds for the head of a request to come in
FINISH = 8  # seconds for the requests in flight when a worker stops
START = 60  # seconds in which a worker must show that it lives: it loads scikit-learn first
TO_SHARE = "PROMETHEUS_MULTIPROC_DIR"  # names the folder of the counters that the workers share


def serve(build, listener, workers):
    """Serve an application by several workers until SIGTERM or Ctrl-C; one that dies is replaced.

    Parameters
    ----------
    build : callable
        Makes the ASGI application, in each worker; can be pickled.
    listener : socket.socket
        Listens already; all workers take connections from it.
    workers : int
        Processes.

    Raises
    ------
    ServiceError
        If uvicorn is not installed.
    """
    if Config is None:
        raise ServiceError("--workers needs uvicorn; install it with: pip install 'uvicorn[standard]'")
    config = Config(
        partial(_load, build),
        factory=True,
        workers=workers,
        http=PatientProtocol,
        ws="none",
        lifespan="on",
        log_config=None,
        log_level="error",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=IDLE,
        timeout_graceful_shutdown=FINISH,
        timeout_worker_healthcheck=START,
    )
    with tempfile.TemporaryDirectory() as shared:
        os.environ[TO_SHARE] = shared
        Multiprocess(config, [listener]).run()


def _load(build):
    """Build the application in a worker, whose matrix products keep to one core and leave the others theirs."""
    app = build()
    threadpool_limits(1)
    return app


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
