"""The application of a worker by itself, without a server."""

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from wire import BODY

from recognition.servers import asgi
from recognition.serving import admission


def asked(model, *messages, headers=((b"content-type", b"application/json"),)):
    """Ask the ASGI application, and return status and body of each answer; a message may be a coroutine."""
    app = asgi.Application(lambda: model)

    async def ask(messages):
        received, sent = iter(messages), []

        async def receive():
            message = next(received)
            return await message if asyncio.iscoroutine(message) else message

        async def send(message):
            sent.append(message)

        await app(
            {
                "type": "http",
                "method": "POST",
                "path": "/prediction",
                "query_string": b"",
                "http_version": "1.1",
                "scheme": "http",
                "headers": list(headers),
                "client": ("127.0.0.1", 1),
                "server": ("127.0.0.1", 2),
            },
            receive,
            send,
        )
        return sent and (sent[0]["status"], json.loads(sent[1]["body"]))

    async def all_of_them():
        return await asyncio.gather(*map(ask, messages))

    with ThreadPoolExecutor(1) as thread:  # a browser of other tests has a loop in this one
        return thread.submit(asyncio.run, all_of_them()).result()


def part(body, more=False):
    return {"type": "http.request", "body": body, "more_body": more}


@pytest.fixture
def sizes(model, monkeypatch):
    """The numbers of rows that were predicted together."""
    predict, sizes = type(model.recognizer).predict, []
    monkeypatch.setattr(
        type(model.recognizer), "predict", lambda self, rows: sizes.append(len(rows)) or predict(self, rows)
    )
    return sizes


def test_questions_that_come_together_are_predicted_together(model, sizes):
    answers = asked(model, *[[part(BODY)]] * 5)
    assert [body["predictions"][0]["label"] for _, body in answers] == ["2"] * 5
    assert sizes == [5]


def test_not_more_than_fit_are_predicted_together(model, sizes, monkeypatch):
    monkeypatch.setattr(asgi, "ROWS", 2)
    assert [status for status, _ in asked(model, *[[part(BODY)]] * 5)] == [200] * 5
    assert sizes == [2, 2, 1]


def test_those_that_were_predicted_together_meet_a_bug_together(model, monkeypatch):
    monkeypatch.setattr(type(model.recognizer), "predict", lambda self, rows: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        asked(model, *[[part(BODY)]] * 2)


def test_a_body_comes_in_parts(model):
    ((status, body),) = asked(model, [part(BODY[:7], more=True), part(BODY[7:])])
    assert (status, body["predictions"][0]["label"]) == (200, "2")


def test_a_client_that_stops_sending_is_told_so(model, monkeypatch):
    monkeypatch.setattr(admission, "TRANSFER", 0.05)
    ((status, body),) = asked(model, [part(BODY[:7], more=True), asyncio.Event().wait()])
    assert (status, "did not come" in body["detail"]) == (408, True)


def test_a_client_that_drips_is_told_so(model, monkeypatch):
    async def drop():
        await asyncio.sleep(0)  # one turn of the loop
        return part(b" ", more=True)

    monkeypatch.setattr(admission, "TRANSFER", 0.05)
    ((status, body),) = asked(model, (drop() for _ in iter(int, 1)))
    assert (status, "did not come" in body["detail"]) == (408, True)


def test_a_client_that_has_gone_gets_nothing(model):
    assert asked(model, [part(BODY[:7], more=True), {"type": "http.disconnect"}]) == [[]]


def test_too_many_requests_are_turned_away(model, monkeypatch):
    monkeypatch.setattr(admission, "MAX_REQUESTS", 2)
    statuses = [status for status, _ in asked(model, *[[part(BODY)]] * 4)]
    assert sorted(statuses) == [200, 200, 503, 503]


def test_not_more_is_held_than_there_is_room_for(model, monkeypatch):
    monkeypatch.setattr(admission, "MAX_HELD", len(BODY))
    halves = [part(BODY[:9], more=True), part(BODY[9:])]
    statuses = [status for status, _ in asked(model, [part(BODY)], halves, [part(BODY)], [part(BODY)])]
    assert statuses.count(503) >= 1
    assert statuses.count(200) >= 1
