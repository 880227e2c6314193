"""The built-in server, werkzeug's made fit for one machine and a few people: a thread a connection, in one process.

Connections are kept for the next request, and closed when nothing comes for a while. Deadlines for clients that drip,
and a bound on what a crowd of them makes the server hold, are the workers'.
"""

import io
import re
import signal
import socket
import sys
import threading
import time
from contextlib import suppress

from werkzeug.exceptions import BadRequest, HTTPException, default_exceptions
from werkzeug.http import http_date
from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler
from werkzeug.wrappers import Response

from recognition.servers.heads import REQUEST_LINE, read_fields
from recognition.servers.memory import give_back_large_blocks
from recognition.serving import admission
from recognition.serving.admission import on_the_wire, refusal
from recognition.serving.observation import log_requests
from recognition.serving.problems import MAX_BODY

FINISH = 7.0  # seconds for the requests in flight when the server stops
LENGTH = re.compile(r"[0-9]{1,15}")
CHUNK = re.compile(rb"([0-9a-fA-F]{1,12})[ \t]*(?:;[\t\x20-\x7e\x80-\xff]*)?\r\n")


def serve(app, listener):
    """Serve until Ctrl-C or SIGTERM, then finish what is in flight, for some seconds.

    Parameters
    ----------
    app : callable
        A WSGI application.
    listener : socket.socket
        Socket that listens already.

    Returns
    -------
    code : int
        Exit code, 0.
    """
    log_requests()
    give_back_large_blocks()
    server = Server(listener, app)
    signal.signal(signal.SIGTERM, server.stop)
    signal.signal(signal.SIGINT, server.stop)
    server.serve_forever()
    print("Stopped." if server.finish() else "Stopped; some requests were left unanswered.", file=sys.stderr)
    return 0


class Server(ThreadedWSGIServer):
    """Serves a WSGI application on a socket that is listening already, and stays the caller's."""

    def __init__(self, listener, app):
        host, port = listener.getsockname()[:2]
        self.connections = threading.BoundedSemaphore(admission.MAX_CONNECTIONS)
        self.in_flight = threading.BoundedSemaphore(admission.MAX_CONNECTIONS)  # one request of each at a time
        super().__init__(host, port, app, Handler, fd=listener.fileno())

    def process_request(self, request, client_address):
        """Serve a connection in a thread of its own, or turn it away."""
        if self.connections.acquire(blocking=False):
            return super().process_request(request, client_address)
        with request, suppress(OSError):
            request.setblocking(False)
            request.send(on_the_wire(refusal(admission.too_many_connections())))

    def process_request_thread(self, request, client_address):
        """Serve a connection to its end."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self.connections.release()

    def stop(self, *_):
        """Stop listening, from any thread or as a signal handler; `serve_forever` returns."""
        threading.Thread(target=self.shutdown).start()

    def finish(self):
        """Wait for the requests in flight, so that no more can be, and return whether all were answered in time."""
        end = time.monotonic() + FINISH
        places = range(admission.MAX_CONNECTIONS)
        return all(self.in_flight.acquire(timeout=max(0, end - time.monotonic())) for _ in places)


class Handler(WSGIRequestHandler):
    """Answers the requests of a connection, each of which is read whole before the application is called."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = admission.TRANSFER  # seconds without a byte

    def handle_one_request(self):
        """Read a request and answer it, or what is wrong with it."""
        try:
            super().handle_one_request()
        except HTTPException as error:
            self.close_connection = True
            self.send(refusal(error))

    def parse_request(self):
        """Parse the head once its raw lines are read, and return whether there is a request to answer."""
        self.close_connection = True
        if not self.raw_requestline.endswith(b"\n"):  # the client has gone
            return False
        if not REQUEST_LINE.fullmatch(self.raw_requestline):
            raise BadRequest("the request line is no HTTP; send one without control signs")
        fields = read_fields(self.rfile, len(self.raw_requestline))
        connection, self.rfile = self.rfile, io.BytesIO(fields)
        try:
            return bool(fields) and super().parse_request()
        finally:
            self.rfile = connection

    def run_wsgi(self):
        """Read the body, let the application answer, and send that."""
        with self.server.in_flight:
            try:
                environ = self.make_environ()
            except ValueError as error:
                message = f"{self.path[:100]!r} is no address ({error}); ask for a path such as /model"
                raise BadRequest(message) from error
            size, body = self.read_body()
            self.close_connection |= size > MAX_BODY
            done = dict.fromkeys(("HTTP_TRANSFER_ENCODING", "HTTP_UPGRADE"), "")  # no longer, and never, of use
            environ |= {"wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(size), **done}
            self.send(Response.from_app(self.server.app, environ, buffered=True))

    def read_body(self):
        """Return the length of the body, and the body; one that is too long, which the application refuses, is left."""
        length, coding = self.headers.get("Content-Length"), self.headers.get("Transfer-Encoding")
        try:
            if coding is None and LENGTH.fullmatch("0" if length is None else length):
                size = int(length or 0)
                return size, self.read_whole(size if size <= MAX_BODY else 0)
            if length is None and coding.lower() == "chunked":
                body = self.read_chunks()
                return len(body), body
        except TimeoutError as error:
            raise admission.too_late() from error
        raise BadRequest("the head does not say how long the body is, in Content-Length or by chunks")

    def read_whole(self, size):
        """Return so many bytes, unless the client has gone."""
        content = self.rfile.read(size)
        if len(content) < size:
            raise ConnectionAbortedError
        return content

    def read_chunks(self):
        """Return a body that comes in chunks, or the beginning of one that is too long."""
        body, end = bytearray(), b"\r\n"
        while end == b"\r\n" and (chunk := CHUNK.fullmatch(self.rfile.readline(1000))):
            if not (size := int(chunk[1], 16)):
                read_fields(self.rfile)  # trailers, which nobody asked for
                return bytes(body)
            body += self.read_whole(min(size, MAX_BODY + 1))
            if len(body) > MAX_BODY:
                return bytes(body)
            end = self.rfile.readline(2)
        raise BadRequest("the body is not in chunks, as its head says")

    def send(self, answer):
        """Send an answer in one piece, which no algorithm of the network then holds back."""
        answer.headers.update({"Server": "recognition", "Date": http_date()})
        if self.close_connection:
            answer.headers["Connection"] = "close"
        if answer.status_code not in (204, 304):
            answer.headers.setdefault("Content-Length", str(len(answer.data)))
        self.wfile.write(on_the_wire(answer))

    def finish(self):
        """Drop what else the client sends before the connection is closed, or it would lose the last answer."""
        end = time.monotonic() + admission.TRANSFER
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_WR)
            self.connection.settimeout(admission.LINGER)
            while self.connection.recv(2**16) and time.monotonic() < end:
                pass
        super().finish()

    def send_error(self, code, message=None, explain=None):
        """Raise what is wrong where http.server would send it."""
        if code == 414:
            raise admission.head_too_large()
        raise default_exceptions.get(int(code), BadRequest)(f"this is no HTTP request ({message}); send one")

    def handle_expect_100(self):
        """Ask for the body, unless it would be too long."""
        length = self.headers.get("Content-Length", "0")
        return (bool(LENGTH.fullmatch(length)) and int(length) > MAX_BODY) or super().handle_expect_100()

    def log_error(self, format, *args):
        """Leave slow and broken connections out of the log, which is the application's."""
