"""The built-in server: HTTP/1.1 for one machine and a few people, a thread a connection, in one process."""

import io
import re
import socket
import sys
import threading
import time
from contextlib import contextmanager

from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

from recognition.serving.problems import HELD, MAX_BODY, MOST_HELD, problem_json

IDLE = 30.0  # seconds that a connection may wait for its next request
TRANSFER = 30.0  # seconds for a request to come in, and for an answer to be taken
LINGER = 2.0  # seconds in which a body that is too large is read and thrown away, so that the answer is seen
MOST_CONNECTIONS = 500
FINISH = 8.0  # seconds for the requests in flight when the server stops
LENGTH = re.compile(r"[0-9]{1,15}")
CHUNK = re.compile(rb"([0-9a-fA-F]{1,12})[ \t]*(?:;.*)?\r?\n")


class Server(ThreadedWSGIServer):
    """Serves an application on a socket that is listening already.

    Parameters
    ----------
    listener : socket.socket
        Stays the caller's.
    app : callable
        WSGI application.
    """

    def __init__(self, listener, app):
        host, port = listener.getsockname()[:2]
        self._free = threading.BoundedSemaphore(MOST_CONNECTIONS)
        self._change = threading.Condition()
        self._in_flight = self._held = 0
        super().__init__(host, port, app, Handler, fd=listener.fileno())

    def process_request(self, request, client_address):
        """Give a connection a thread, or turn it away."""
        if self._free.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            refusal = problem_json(503, f"the server has {MOST_CONNECTIONS} connections already; ask again later")
            head = f"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 2\r\nContent-Length: {len(refusal)}\r\n"
            head += "Content-Type: application/problem+json\r\nConnection: close\r\n\r\n"
            with request:
                request.setblocking(False)
                request.send(head.encode() + refusal)

    def process_request_thread(self, request, client_address):
        """Serve a connection to its end."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._free.release()

    @contextmanager
    def flight(self, size):
        """Count a request as in flight for the block: yields whether its body, of at most this size, may come."""
        with self._change:
            self._in_flight += 1
            self._held += size
            fits = self._held <= MOST_HELD
        try:
            yield fits
        finally:
            with self._change:
                self._in_flight -= 1
                self._held -= size
                self._change.notify_all()

    def stop(self, *_):
        """Stop listening, from any thread or as a signal handler; `serve_forever` returns."""
        threading.Thread(target=self.shutdown).start()

    def finish(self):
        """Wait for the requests in flight: whether all were answered in time."""
        with self._change:
            return self._change.wait_for(lambda: not self._in_flight, FINISH)

    def handle_error(self, request, client_address):
        """Leave a broken connection alone; tell of anything else."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class Handler(WSGIRequestHandler):
    """Takes the requests of a connection, one after the other.

    A request is read whole before the application is called, so the next one begins where it ends, and a slow client
    takes nothing but its thread.
    """

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # an answer leaves in one piece

    def setup(self):
        """Prepare to read with a deadline."""
        super().setup()
        self.incoming = _Deadline(self.connection)
        self.rfile = io.BufferedReader(self.incoming)

    def handle_one_request(self):
        """Wait for a request, and answer it."""
        self.incoming.allow(IDLE)
        super().handle_one_request()

    def parse_request(self):
        """Read the head of a request, of which the first line is there."""
        self.incoming.allow(TRANSFER)
        return super().parse_request()

    def run_wsgi(self):
        """Read the body, let the application answer, and send that."""
        with self.server.flight(self.expected()) as fits:
            environ = self.make_environ()
            if not (self.read_body(environ) if fits else self.refuse(503, HELD)):
                return
            self.connection.settimeout(TRANSFER)
            chunks = self.server.app(environ, self.start_response)
            try:
                body = b"".join(chunks)
            finally:
                getattr(chunks, "close", lambda: None)()
            if environ["REQUEST_METHOD"] != "HEAD" and not any(
                name.lower() == "content-length" for name, _ in self.head
            ):
                self.head.append(("Content-Length", str(len(body))))
            self.send_response(*self.status)
            for name, value in self.head:
                self.send_header(name, value)
            if self.close_connection:
                self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(body)
            self.wfile.flush()
        if self.too_long:
            self.discard()

    def start_response(self, status, head, exc_info=None):
        """Keep what the application answers with, until its body is there."""
        code, _, phrase = status.partition(" ")
        self.status, self.head = (int(code), phrase), list(head)

    def expected(self):
        """Give how many bytes the body may have that will be held."""
        length = self.headers.get("Content-Length") or "0"
        announced = int(length) if LENGTH.fullmatch(length) else 0
        return MAX_BODY if "Transfer-Encoding" in self.headers else announced if announced <= MAX_BODY else 0

    def read_body(self, environ):
        """Read the body into `wsgi.input`, unless it is too long, which the application then tells: whether it came."""
        length, coding = self.headers.get("Content-Length"), self.headers.get("Transfer-Encoding")
        if (length and coding) or (coding or "chunked").lower() != "chunked" or not LENGTH.fullmatch(length or "0"):
            return self.refuse(400, "the head does not say how long the body is, in Content-Length or by chunks")
        try:
            if coding:
                body = self.read_chunks()
                environ["CONTENT_LENGTH"] = str(len(body))
                del environ["HTTP_TRANSFER_ENCODING"], environ["wsgi.input_terminated"]
            else:
                body = self.rfile.read(int(length or 0)) if int(length or 0) <= MAX_BODY else b""
        except TimeoutError:
            return self.refuse(408, f"the body did not come within {TRANSFER:g} s; send it faster, or less of it")
        except ValueError as error:
            return self.refuse(400, f"the body is not in chunks, as its head says: {error}")
        self.too_long = int(environ.get("CONTENT_LENGTH") or 0) > MAX_BODY
        self.close_connection |= self.too_long
        environ["wsgi.input"] = io.BytesIO(body)
        return self.too_long or not length or len(body) == int(length)  # or the client has gone

    def read_chunks(self):
        """Read a body that comes in chunks, or more than may come: bytes."""
        body = bytearray()
        while len(body) <= MAX_BODY:
            line = self.rfile.readline(1000)
            if not (found := CHUNK.fullmatch(line)):
                raise ValueError(f"{line[:40]!r} is no size of a chunk")
            size = int(found[1], 16)
            body += self.rfile.read(min(size, MAX_BODY + 1))
            if not size:
                while self.rfile.readline(1000).strip():  # trailers, which nobody asked for
                    pass
                break
            if size <= MAX_BODY and self.rfile.readline(2) != b"\r\n":
                raise ValueError("a chunk does not end where its size says")
        return bytes(body)

    def discard(self):
        """Read what is left of a body that is too long, for a while: a client looks for an answer only after it."""
        self.incoming.allow(LINGER)
        try:
            while self.rfile.read1(2**16):
                pass
        except TimeoutError:
            pass

    def refuse(self, status, detail):
        """Answer with a problem, and close the connection: False."""
        self.close_connection = True
        self.send_error(status, explain=detail)
        return False

    def send_error(self, code, message=None, explain=None):
        """Answer what is no request at all, with a problem."""
        body = problem_json(int(code), explain or f"this is no HTTP request ({message}); send one")
        self.request_version = self.protocol_version  # whatever it was, or not
        self.send_response(int(code))
        self.send_header("Content-Type", "application/problem+json")
        self.send_header("Content-Length", str(len(body)))
        if code == 503:
            self.send_header("Retry-After", "2")
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def handle_expect_100(self):
        """Ask for the body, unless it would be too long."""
        length = self.headers.get("Content-Length", "0")
        if LENGTH.fullmatch(length) and int(length) <= MAX_BODY:
            super().handle_expect_100()
            self.wfile.flush()
        return True

    def version_string(self):
        """Name the server, and no versions."""
        return "recognition"

    def log_request(self, code="-", size="-"):
        """Leave the log to the application."""

    def log_error(self, format, *args):
        """Leave slow and broken connections out of the log."""


class _Deadline(socket.SocketIO):
    """Reads a socket until a time that `allow` sets, however slowly it comes."""

    def __init__(self, connection):
        super().__init__(connection, "rb")
        self.end = 0.0

    def allow(self, seconds):
        """Give this many seconds from now."""
        self.end = time.monotonic() + seconds

    def readinto(self, buffer):
        left = self.end - time.monotonic()
        if left <= 0:
            raise TimeoutError("the deadline has passed")
        self._sock.settimeout(left)
        return super().readinto(buffer)
