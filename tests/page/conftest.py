"""A server for the tests of the page: started once, shared by all files that a process runs."""

from functools import partial

import pytest
from browser import load, open_page
from project import launch, stop


@pytest.fixture(scope="session")
def served(browser, project, tmp_path_factory):
    """Yield the address of a server, and the folder in which it collects corrections."""
    folder = tmp_path_factory.mktemp("corrected")
    process, url = launch(project, "--collect", str(folder))
    yield url, folder
    stop(process)


@pytest.fixture
def faultless(served):
    """Yield a function that watches a page, which then must complain of nothing and ask no other host."""
    complaints, addresses = [], []

    def watch(page):
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: addresses.append(request.url))

    yield watch
    assert complaints == []
    assert [address for address in addresses if not address.startswith((served[0], "data:", "blob:"))] == []


@pytest.fixture(scope="module")
def shared_tab(browser):
    """Yield a tab that the tests of a file share: a new one costs more than most of them do in it."""
    context = browser.new_context(locale="en-GB")
    yield context.new_page()
    context.close()


@pytest.fixture
def visit(browser, shared_tab, served):
    """Yield a function that opens the page as if it were new: in the shared tab, or with options in a fresh profile."""
    pages = []

    def opened(watch=None, routes=None, **options):
        if options:
            pages.append(open_page(browser, served[0], watch, routes, **options))
        else:
            pages.append(load(shared_tab, served[0], watch, routes))
        return pages[-1]

    yield opened
    for page in pages:
        if page is not shared_tab:
            page.context.close()
        else:
            page.unroute_all(behavior="ignoreErrors")
            page.mouse.up()
            page.set_viewport_size({"width": 1280, "height": 720})
            page.evaluate("localStorage.clear()")


@pytest.fixture
def show(visit, faultless):
    """Return that function for a page that is watched by `faultless`."""
    return partial(visit, faultless)


@pytest.fixture
def page(show):
    """Return the page as it is when it has just been opened."""
    return show()
