"""Several processes behind one port: the application in the hands of uvicorn, an extra."""

import asyncio
import os
import signal
import socket
import tempfile
import threading
import time
from contextlib import suppress
from multiprocessing import Pipe, get_context, parent_process
from multiprocessing.connection import wait

from threadpoolctl import threadpool_limits
from werkzeug.exceptions import BadRequest, HTTPException

from recognition.errors import ServiceError
from recognition.inference.live import LiveModel
from recognition.servers import asgi
from recognition.servers.heads import refuse_doubles
from recognition.servers.memory import give_back_large_blocks
from recognition.serving import admission
from recognition.serving.admission import IDLE, on_the_wire, refusal
from recognition.serving.observation import log_requests

try:
    import httptools
    import uvicorn
    from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
except ImportError:  # an extra: without it there is the built-in server
    httptools, uvicorn, HttpToolsProtocol = None, None, object

FINISH = 7  # seconds for the requests in flight when a worker stops
LAST = 8.5  # seconds after which a worker that has not ended is killed
TO_SHARE = "PROMETHEUS_MULTIPROC_DIR"  # environment variable with the folder of the counters that the workers share


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
    if workers == 1:
        return work(name, settings, listener)
    with tempfile.TemporaryDirectory() as shared:
        os.environ[TO_SHARE] = shared
        supervise(lambda: _started(name, settings, listener), workers)


def supervise(start, count):
    """Keep a number of workers alive until SIGTERM or Ctrl-C, then end them.

    Parameters
    ----------
    start : callable
        Starts a worker, and returns its multiprocessing.Process without waiting for it.
    count : int
        Number of workers.
    """
    stop, signals = Pipe(duplex=False)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: signals.send_bytes(b"stop"))
    workers = [start() for _ in range(count)]
    while stop not in (ended := wait([stop, *(worker.sentinel for worker in workers)])):
        workers = [start() if worker.sentinel in ended else worker for worker in workers]
    for worker in workers:
        worker.terminate()
    end = time.monotonic() + LAST
    for worker in workers:
        worker.join(max(0, end - time.monotonic()))
        worker.kill()
        worker.join()


def _started(name, settings, listener):
    worker = get_context("spawn").Process(target=_work_under, args=(name, settings, listener), daemon=True)
    worker.start()
    return worker


def _work_under(name, settings, listener):
    """Work until the supervisor says otherwise, or is no more."""

    def follow():
        parent_process().join()
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=follow, daemon=True).start()
    work(name, settings, listener)


def work(name, settings, listener):
    """Answer from this process until SIGTERM or Ctrl-C; the parameters are those of `serve`."""
    log_requests()
    give_back_large_blocks()
    app = asgi.Application(LiveModel(name).current, settings)
    threadpool_limits(1)  # its matrix products leave the other cores to the other workers
    config = uvicorn.Config(
        app,
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
    )
    with suppress(KeyboardInterrupt):  # which uvicorn raises once it has stopped
        uvicorn.Server(config).run([listener])


class WorkerProtocol(HttpToolsProtocol):
    """HTTP/1.1 as uvicorn has it, with bounds on heads and a deadline for them, without upgrades, and with problems."""

    _deadline = _refusal = None
    _size = _unparsed = 0  # bytes of the head, or of trailers, and those since the last of them

    def connection_made(self, transport):
        """Begin to wait for a head."""
        super().connection_made(transport)
        self._wait()

    def data_received(self, data):
        """Take bytes, as long as nothing was refused."""
        if self._refusal:
            return
        self._unset_keepalive_if_required()
        self._unparsed += len(data)
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            self._ignore_upgrade(data[upgrade.args[0] :])
        except httptools.HttpParserError as error:
            self._refuse(error.__context__)
        else:
            if self._unparsed > admission.MAX_HEAD:
                self._refuse(admission.head_too_large())

    def on_message_begin(self):
        """Wait for the rest of a head."""
        self._wait()
        self._size = self._unparsed = 0
        super().on_message_begin()

    def on_url(self, url):
        """Take a piece of the address."""
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name, value):
        """Take a header or a trailer."""
        self._count(len(name) + len(value) + len(": \r\n"))
        super().on_header(name, value)
        if len(self.headers) > admission.MAX_HEADERS:
            raise admission.head_too_large()

    def on_headers_complete(self):
        """Leave the body to the application, which has a deadline for it."""
        refuse_doubles([name for name, _ in self.headers])
        if self._upgrades():
            return
        self._deadline.cancel()
        self._size = 0
        super().on_headers_complete()

    def on_body(self, body):
        """Take a piece of the body."""
        self._unparsed = 0
        super().on_body(body)

    def on_message_complete(self):
        """End a request, unless its head is only read again."""
        if not self._upgrades():
            super().on_message_complete()

    def connection_lost(self, exc):
        """Wait no more."""
        self._deadline.cancel()
        super().connection_lost(exc)

    def _count(self, size):
        self._unparsed = 0
        self._size += size
        if self._size > admission.MAX_HEAD:
            raise admission.head_too_large()

    def _upgrades(self):
        return self.parser.should_upgrade() and self.parser.get_method() != b"CONNECT"

    def _ignore_upgrade(self, rest):
        """Read a head again without the wish for another protocol, for which the parser would leave out the body."""
        head = b"%b %b HTTP/1.1\r\n" % (self.parser.get_method(), self.url)
        head += b"".join(b"%b: %b\r\n" % header for header in self.headers if header[0] != b"upgrade")
        self.parser = httptools.HttpRequestParser(self)
        self.data_received(head + b"\r\n" + rest)

    def _refuse(self, error):
        """Answer what is no request that is taken, and drop what else comes until the client has seen that."""
        self._refusal = error if isinstance(error, HTTPException) else BadRequest("this is no HTTP request; send one")
        if self.cycle and not self.cycle.response_complete:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        self.transport.write(on_the_wire(refusal(self._refusal)))
        self.transport.write_eof()
        self._deadline.cancel()
        self._deadline = asyncio.get_running_loop().call_later(admission.LINGER, self.transport.close)

    def _wait(self):
        if self._deadline:
            self._deadline.cancel()
        self._deadline = asyncio.get_running_loop().call_later(admission.TRANSFER, self.transport.close)
