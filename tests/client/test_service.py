import gzip
import json
import zlib

import pytest
from project import ROOT
from strangers import PREDICTION, answer, dripping, endless, predictions, silent, stranger

from recognition.client import connection

TWO = ROOT / "my_test_images" / "digit2.png"
HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
ANSWER = json.dumps({"predictions": [PREDICTION]}).encode()
BOMB = gzip.compress(b" " * 2**26)

ENDLESS = {
    "a body": endless(HEAD + b"\r\n", b" " * 2**16),
    "a body of a length": endless(HEAD + b"Content-Length: 999999999999\r\n\r\n", b" " * 2**16),
    "chunks": endless(CHUNKED, b"10000\r\n%b\r\n" % (b" " * 2**16)),
    "the size of a chunk": endless(CHUNKED, b"0" * 2**16),
    "a chunk of negative size": endless(CHUNKED + b"-1\r\n", b" " * 2**16),
    "trailers": endless(CHUNKED + b"0\r\n", b"X: x\r\n" * 2**12),
    "a status line": endless(b"HTTP/1.1 200 ", b"O" * 2**16),
    "headers": endless(HEAD, b"X: x\r\n" * 2**12),
    "a header": endless(HEAD + b"X: ", b"x" * 2**16),
    "provisional answers": endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 2**10),
    "a refusal": endless(b"HTTP/1.1 500 Oops\r\n\r\n", b" " * 2**16),
    "a redirect": endless(b"HTTP/1.1 307 There\r\nLocation: /x\r\n\r\n", b" " * 2**16),
}
BROKEN = {
    "nothing": b"",
    "no HTTP": b"hello\r\n\r\n",
    "a status that is none": b"HTTP/1.1 abc\r\n\r\n",
    "a body cut short": HEAD + b"Content-Length: 99\r\n\r\n{}",
    "a chunk that is none": CHUNKED + b"x\r\n",
    "a chunk of a negative size": CHUNKED + b"-5\r\n",
    "a body in gzip": answer(gzip.compress(ANSWER), "200 OK", "Content-Encoding: gzip"),
    "a bomb in gzip": answer(BOMB, "200 OK", "Content-Encoding: gzip"),
    "a bomb in gzip twice": answer(gzip.compress(BOMB), "200 OK", "Content-Encoding: gzip, gzip"),
    "a bomb in deflate": answer(zlib.compress(b" " * 2**26), "200 OK", "Content-Encoding: deflate"),
    "a bomb in a refusal": answer(BOMB, "500 Oops", "Content-Encoding: gzip"),
    "a bomb in a redirect": answer(BOMB, "307 There", "Content-Encoding: gzip", "Location: /x"),
    "a redirect to nowhere": answer(b"", "307 There", "Location: http://[::1"),
    "a redirect to no text": b"HTTP/1.1 307 There\r\nLocation: \xff\xfe\r\nContent-Length: 0\r\n\r\n",
    "a detail that is a number": answer({"detail": 5}, "500 Oops"),
    "a detail that is nested": answer(b"[" * 100_000, "500 Oops"),
    "a reason that paints": answer(b"", "500 \x1b[2J"),
    "a detail that paints": answer({"detail": "\x1b[2J\x9b2J\ud800\r\n"}, "500 Oops"),
    "a place that paints": answer(b"", "307 There", "Location: http://x/\x1b[2J"),
    "no content": b"HTTP/1.1 204 No Content\r\n\r\n",
}


@pytest.mark.parametrize("asked", ["GET", "POST"])
@pytest.mark.parametrize("name", ENDLESS)
def test_an_endless_answer_is_one_line(ask_at, name, asked):
    with stranger(ENDLESS[name], get=ENDLESS[name] if asked == "GET" else None) as (url, _):
        code, lines, (complaint,) = ask_at(url, TWO, "--timeout", "20")
    assert (code, lines) == (1, [])
    assert "within 20 s" not in complaint  # that it is too long is seen at once


@pytest.mark.parametrize("asked", ["GET", "POST"])
@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_answer_is_one_line(ask_at, name, asked):
    with stranger(BROKEN[name], get=BROKEN[name] if asked == "GET" else None) as (url, _):
        code, lines, (complaint,) = ask_at(url, TWO)
    assert (code, lines) == (1, [])
    assert complaint.isprintable()


@pytest.mark.parametrize("late", [silent, dripping(answer(b" " * 999)), dripping(HEAD + b"X: x\r\n" * 999)])
def test_the_whole_of_an_answer_has_to_come_in_time(ask_at, late):
    with stranger(late) as (url, _):
        code, lines, (complaint,) = ask_at(url, TWO, "--timeout", "0.2")
    assert (code, lines) == (1, [])
    assert complaint.endswith(f"no answer from {url} within 0.2 s; try a longer --timeout")


def test_an_answer_up_to_the_limit_is_taken(ask_at, monkeypatch):
    content = predictions(PREDICTION)
    for limit, expected in ((len(content), 0), (len(content) - 1, 1)):
        with stranger(content) as (url, _):
            session = connection.open_session()
            monkeypatch.setattr(connection, "MAX_ANSWER", limit)
            try:
                session.post(url, timeout=5)
                assert expected == 0
            except connection.TooLongError:
                assert expected == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_told_and_nothing_is_sent_there(ask_at, status):
    with stranger(b"") as (other, asked_there):
        redirect = answer(b"", f"{status} There", f"Location: {other}/prediction")
        with stranger(redirect) as (url, _):
            code, lines, (complaint,) = ask_at(url, TWO)
    assert (code, lines, asked_there) == (1, [], [])
    assert complaint.endswith(
        f"{url} sends all questions on to {other}/prediction; if that is right, ask there with --url"
    )
