"""A server for the tests of the page: started once, shared by all files that a process runs."""

import pytest
from browser import open_page
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


@pytest.fixture
def show(browser, served, faultless):
    """Yield a function that opens the page in a fresh profile with other options."""
    pages = []

    def opened(**options):
        pages.append(open_page(browser, served[0], faultless, **options))
        return pages[-1]

    yield opened
    for page in pages:
        page.context.close()


@pytest.fixture(scope="module")
def profile(browser):
    """Yield a profile of the browser that the tests of a file share."""
    context = browser.new_context(locale="en-GB")
    yield context
    context.close()


@pytest.fixture
def page(profile, served, faultless):
    """Yield the page as it is when it has just been opened."""
    fresh = profile.new_page()
    faultless(fresh)
    fresh.goto(served[0])
    fresh.wait_for_selector("#served:not(:empty)")
    yield fresh
    fresh.close()
