"""Several processes behind one port: the application in the hands of uvicorn, an extra."""

import math
import os
import signal
import socket
import sys
import tempfile
import time
from contextlib import suppress
from multiprocessing import Pipe, forkserver, get_context, resource_tracker
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
BEAT = 1  # seconds after which a worker says that it still takes requests
HUNG = 30  # looks without that, one in `BEAT`, after which it is killed; the largest JSON stops it for 5
TO_SHARE = "PROMETHEUS_MULTIPROC_DIR"  # environment variable with the folder of the counters that the workers share


def check():
    """Raise a ServiceError if uvicorn is not installed."""
    if uvicorn is None:
        raise ServiceError("--workers needs uvicorn; install it with: pip install 'uvicorn[standard]'")


def serve(name, settings, listener, workers):
    """Serve a model by several workers until SIGTERM or Ctrl-C; one of several that dies or hangs is replaced.

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
        supervise(_warm_context, (work, name, settings, listener), workers)


def _warm_context():
    """Return a context whose processes are forked from one that has imported all of this, where that is safe."""
    if sys.platform != "linux":  # macOS has frameworks that do not bear it
        return get_context("spawn")
    context = get_context("forkserver")
    context.set_forkserver_preload([__name__])
    # Where to look, and nowhere else: Python 3.11 does not tell it.
    os.environ |= {"PYTHONPATH": os.pathsep.join(sys.path), "PYTHONSAFEPATH": "1"}
    resource_tracker.ensure_running()  # which the next one would begin with, and unblock signals
    # Ctrl-C is for this process, which then ends the others: to them it stays blocked.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    forkserver.ensure_running()
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    return context


def supervise(context_of_workers, task, count):
    """Keep a number of workers alive until SIGTERM or Ctrl-C, then end them.

    Parameters
    ----------
    context_of_workers : callable
        Returns the multiprocessing context that starts workers; called when signals are waited for.
    task : (callable, ...)
        What a worker does, and its arguments but the last: a `Connection` to beat on, once a `BEAT`.
    count : int
        Number of workers.
    """
    stop, signals = Pipe(duplex=False)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: signals.send_bytes(b"stop"))
    context = context_of_workers()
    workers = [Worker(context, task) for _ in range(count)]
    while stop not in (ready := wait([stop, *(worker.process.sentinel for worker in workers)], BEAT)):
        for worker in workers:
            worker.look()
        if any(worker.silence < 0 and worker.process.sentinel in ready for worker in workers):
            stop.poll(BEAT)  # what cannot even begin is not tried all the time
        workers = [Worker(context, task) if worker.process.sentinel in ready else worker for worker in workers]
    for worker in workers:
        worker.process.terminate()
    end = time.monotonic() + LAST
    for worker in workers:
        worker.process.join(max(0, end - time.monotonic()))
        worker.process.kill()
        worker.process.join()


class Worker:
    """A process, and how long it has been silent."""

    def __init__(self, context, task):
        self.pulse, beating = Pipe(duplex=False)
        self.silence = -math.inf  # looks since it last beat, once it has begun to
        self.process = context.Process(target=task[0], args=(*task[1:], beating), daemon=True)
        self.process.start()
        beating.close()

    def look(self):
        """Take its beats, and kill it if there have been none for too long."""
        self.silence += 1
        with suppress(EOFError):
            while self.pulse.poll():
                self.pulse.recv_bytes()
                self.silence = 0
        if self.silence > HUNG:
            self.process.kill()


def work(name, settings, listener, pulse=None):
    """Answer from this process until SIGTERM or Ctrl-C, or until there is nobody to beat for; see `serve`."""

    async def beat():
        try:
            pulse.send_bytes(b"")
        except OSError:
            os.kill(os.getpid(), signal.SIGTERM)

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
        callback_notify=beat if pulse else None,
        timeout_notify=BEAT,
    )
    with suppress(KeyboardInterrupt):  # which uvicorn raises once it has stopped
        uvicorn.Server(config).run([listener])


class WorkerProtocol(HttpToolsProtocol):
    """HTTP/1.1 as uvicorn has it, with bounds on heads and a deadline for them, without upgrades, and with problems."""

    _refused = False
    _unparsed = 0  # bytes since the head began, or since the last piece of the body

    def connection_made(self, transport):
        """Wait for a head no longer than for one after an answer."""
        super().connection_made(transport)
        self.timeout_keep_alive_task = self.loop.call_later(admission.TRANSFER, self.timeout_keep_alive_handler)

    def data_received(self, data):
        """Take bytes, as long as nothing was refused."""
        if self._refused:
            return
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

    def on_headers_complete(self):
        """Leave the body to the application, which has a deadline for it."""
        self._check_head()
        refuse_doubles([name for name, _ in self.headers])
        if not self._upgrades():
            self._unset_keepalive_if_required()
            super().on_headers_complete()

    def on_body(self, body):
        """Take a piece of the body."""
        self._unparsed = 0
        super().on_body(body)

    def on_message_complete(self):
        """End a request, unless its head is only read again."""
        self._unparsed = 0
        self._check_head()  # which trailers were added to
        if not self._upgrades():
            super().on_message_complete()

    def eof_received(self):
        """Answer what was asked, though no more will be; then close the connection."""
        if self.cycle and not (self.cycle.more_body or self.cycle.response_complete):
            self.cycle.keep_alive = False
            return True

    def _check_head(self):
        size = len(self.url) + sum(len(name) + len(value) + len(": \r\n") for name, value in self.headers)
        if size > admission.MAX_HEAD or len(self.headers) > admission.MAX_HEADERS:
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
        self._refused = True
        if self.cycle and not self.cycle.response_complete:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        error = error if isinstance(error, HTTPException) else BadRequest("this is no HTTP request; send one")
        self.transport.write(on_the_wire(refusal(error)))
        self.transport.write_eof()
        self.loop.call_later(admission.LINGER, self.transport.close)
