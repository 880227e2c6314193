"""`GET /page.html`: the page as one file, with the model that is served in it."""

from dataclasses import replace

import pytest
from questions import assert_problem

import server
from recognition.export.page import render_page
from recognition.serving import pages
from recognition.serving.admission import Settings
from recognition.serving.application import build_application

TOKEN = "a-token-of-some-length"


def test_it_is_the_file_that_the_command_writes(http, model):
    answer = http.get("/page.html")
    assert answer.get_data(as_text=True) == render_page(model)
    assert answer.mimetype == "text/html"
    assert answer.headers["Content-Disposition"] == 'inline; filename="digits.html"'
    assert b'href="/page.html"' in http.get("/").data


def test_it_is_made_once_a_model(model, monkeypatch):
    made = []
    monkeypatch.setattr(pages, "render_page", lambda model: made.append(model.name) or "<html>")
    served = [model]
    client = build_application(lambda: served[-1]).test_client()
    client.get("/page.html")
    client.get("/page.html")
    assert made == ["digits"]
    served.append(replace(model, name="again", card={**model.card, "sha256": "f" * 64}))
    client.get("/page.html")
    client.get("/page.html")
    assert made == ["digits", "again"]


def test_it_is_behind_the_token(model):
    client = build_application(lambda: model, Settings(token=TOKEN)).test_client()
    assert_problem(client.get("/page.html"), 401, "token")
    assert client.get("/page.html", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200


def test_it_can_be_turned_off(model):
    client = build_application(lambda: model, Settings(export=False)).test_client()
    assert client.get("/page.html").status_code == 404
    assert b"page.html" not in client.get("/").data
    assert "/page.html" not in client.get("/openapi.json").get_json()["paths"]


def test_a_model_of_colours_has_none(model):
    colours = replace(model, recognizer=replace(model.recognizer, normalizer=None, novelty=None))
    client = build_application(lambda: colours).test_client()
    assert_problem(client.get("/page.html"), 404, "colour")


@pytest.mark.parametrize(("option", "there"), [([], 200), (["--no-export"], 404)])
def test_the_option_of_the_server_turns_it_off(option, there, model):
    settings = server.settings_of(server.parse(option))
    assert build_application(lambda: model, settings).test_client().get("/page.html").status_code == there
