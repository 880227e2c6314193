"""HTTP connections that trust no server: answers are bounded in bytes and in time, never unpacked, never followed."""

import http.client
import io
import time

import requests
from requests.adapters import HTTPAdapter

MAX_ANSWER = 2**22  # bytes, head and all: more than a page of 3,000 characters takes, each with what the model saw


class TooLongError(Exception):
    """An answer of more than `MAX_ANSWER` bytes."""


class TooLateError(Exception):
    """An answer that is not complete in time."""


def open_session():
    """Return a requests.Session whose answers are bounded; each may take as long as the `timeout` of its request."""
    session = requests.Session()
    session.headers["Accept-Encoding"] = "identity"
    session.get_redirect_target = lambda answer: None  # or requests would follow it, and read its body to do so
    for scheme in ("http://", "https://"):
        session.mount(scheme, _BoundedAdapter())
    return session


class _BoundedAdapter(HTTPAdapter):
    def get_connection_with_tls_context(self, *arguments, **options):
        pool = super().get_connection_with_tls_context(*arguments, **options)
        if pool.ConnectionCls.response_class is not _BoundedResponse:
            pool.ConnectionCls = type("_Bounded", (pool.ConnectionCls,), {"response_class": _BoundedResponse})
        return pool


class _BoundedResponse(http.client.HTTPResponse):
    def __init__(self, sock, *arguments, **options):
        super().__init__(sock, *arguments, **options)
        self.fp = io.BufferedReader(_BoundedStream(sock, self.fp.detach()))

    def begin(self):
        super().begin()
        del self.headers["Content-Encoding"]  # what is packed though nobody asked for that is not unpacked


class _BoundedStream(io.RawIOBase):
    """The bytes of one answer."""

    def __init__(self, sock, raw):
        self.sock, self.raw = sock, raw
        self.left = MAX_ANSWER
        self.end = time.monotonic() + sock.gettimeout()

    def readable(self):
        return True

    def readinto(self, buffer):
        seconds = self.end - time.monotonic()
        if seconds <= 0:
            raise TooLateError
        self.sock.settimeout(seconds)
        try:
            count = self.raw.readinto(buffer)
        except TimeoutError as error:
            raise TooLateError from error
        self.left -= count
        if self.left < 0:
            raise TooLongError
        return count

    def close(self):
        self.raw.close()
        super().close()
