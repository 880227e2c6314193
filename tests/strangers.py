"""Servers that are no recognition servers, or evil ones: what they answer is a bytes, or a function that writes it."""

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

CARD = {"shape": [8, 8], "range": [0, 16], "classes": [*"0123456789"]}
PREDICTION = {"label": "2", "confidence": 0.5, "recognized": True}


def answer(content, status="200 OK", *headers):
    """Return an answer, head and all: content is bytes, or becomes JSON."""
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    head = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers, "", ""]
    return "\r\n".join(head).encode() + body


def predictions(*values):
    """Return an answer of these predictions."""
    return answer({"predictions": values})


def endless(head, part):
    """Return a function that writes a part again and again behind a head."""

    def write(file, done):
        file.write(head)
        while not done.is_set():
            file.write(part)

    return write


def dripping(content):
    """Return a function that writes a byte now and then."""

    def write(file, done):
        for number in range(len(content)):
            file.write(content[number : number + 1])
            if done.wait(0.02):
                break

    return write


def silent(_file, done):
    """Write nothing until the end."""
    done.wait(5)


@contextmanager
def stranger(post, get=None):
    """Run a server, and yield its address and the list of what was asked of it.

    Parameters
    ----------
    post : bytes or callable
        Answer to each POST, head and all; a callable takes the file to write to and the event of the end.
    get : bytes or callable, optional
        Answer to each GET; the card of a model of load_digits without it.
    """
    asked, done = [], threading.Event()
    answers = {"GET": answer(CARD) if get is None else get, "POST": post}

    class Handler(BaseHTTPRequestHandler):
        def handle_one_request(self):
            self.close_connection = True
            self.raw_requestline = self.rfile.readline()
            if not self.raw_requestline or not self.parse_request():
                return
            asked.append(f"{self.command} {self.path}")
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            content = answers[self.command]
            try:
                content(self.wfile, done) if callable(content) else self.wfile.write(content)
            except OSError:  # the client has gone
                return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        done.set()
        server.shutdown()
        thread.join()
        server.server_close()
