"""The page as one file, with the model of load_digits in it."""

import pytest
from browser import open_page

from recognition.export.page import render_page


@pytest.fixture(scope="session")
def file(model, tmp_path_factory):
    """Return the path of the page."""
    path = tmp_path_factory.mktemp("exported") / "digits.html"
    path.write_text(render_page(model), encoding="utf-8")
    return path


@pytest.fixture
def page(browser, file):
    """Yield the page in a browser without a network, which then must not have asked for anything, nor complained."""
    asked, complaints = [], []

    def watch(page):
        page.context.set_offline(True)
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))

    opened = open_page(browser, file.as_uri(), watch)
    yield opened
    opened.context.close()
    assert [url for url in asked if not url.startswith("data:")] == [file.as_uri()]
    assert complaints == []
