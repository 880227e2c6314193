from dataclasses import replace

import pytest

from recognition.serving.application import build_application


def test_without_a_report_the_server_says_how_to_get_one(http, model):
    bare = build_application(lambda: replace(model, report=None)).test_client()
    answer = bare.get("/report")
    assert answer.status_code == 404
    assert "--no-report" in answer.get_json(force=True)["detail"]


BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        (BROWSER, "text/html"),
        ("text/html", "text/html"),
        ("*/*", "application/problem+json"),
        ("application/json", "application/problem+json"),
        ("image/png", "application/problem+json"),
        (None, "application/problem+json"),
    ],
)
def test_a_browser_gets_a_page_where_there_is_no_report_and_all_else_a_problem(model, accept, kind):
    bare = build_application(lambda: replace(model, report=None)).test_client()
    answer = bare.get("/report", headers={"Accept": accept} if accept else {})
    assert (answer.status_code, answer.mimetype) == (404, kind)
    assert "Accept" in answer.headers["Vary"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    ("before", "advised"),
    [
        ("python training.py --quick", "python training.py"),
        ("python training.py --data mnist/ --no-report --name it", "python training.py --data mnist/ --name it"),
        (
            "python training.py --data /home/me/mine --no-rep --qu --seed 3",
            "python training.py --data .../mine --seed 3",
        ),
        ("python training.py --data '<b> & c' --quick", "python training.py --data &#39;&lt;b&gt; &amp; c&#39;"),
    ],
)
def test_the_page_has_the_command_that_writes_a_report_and_may_do_nothing(model, before, advised):
    bare = replace(model, report=None, card={**model.card, "command": before})
    answer = build_application(lambda: bare).test_client().get("/report", headers={"Accept": BROWSER})
    assert f"<code>{advised}</code>" in answer.text
    assert "<script" not in answer.text
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "script-src" not in answer.headers["Content-Security-Policy"]
