from browser import ANSWERED, NUMBER, answer, draw_with_mouse, drop, expect
from project import serving

from recognition.serving.admission import Settings
from recognition.serving.application import build_application


def test_a_lost_server_is_told_and_the_page_goes_on_when_it_is_back(visit):
    page = visit(locale="en-GB")  # in a profile that need not be online again
    page.context.set_offline(True)
    draw_with_mouse(page, "7")
    expect(page.locator("#status")).to_have_text("No connection to the server. Trying again …")
    page.context.set_offline(False)
    expect(page.locator("#status")).to_have_text("The server is back.")
    assert answer(page) == "7"


def test_a_slow_server_is_told(page):
    held = []
    page.route("**/prediction?seen=1", lambda route: held.append(route))
    drop(page, ("254.png", NUMBER))
    expect(page.locator("#status")).to_have_text("The server takes its time …")
    held[0].continue_()
    assert answer(page, "#album .answer") == "254"
    expect(page.locator("#status")).to_be_empty()


def test_asks_for_the_token_where_the_server_wants_one(browser, model):
    with serving(build_application(lambda: model, Settings(token="a-token-of-some-length"))) as server:
        url = "http://{}:{}".format(*server.server_address)
        page = browser.new_context(locale="en-GB").new_page()
        page.goto(url)
        page.get_by_label("token").fill("not-the-right-token")
        page.get_by_role("button", name="Enter").click()
        expect(page.locator("#served")).to_be_empty()
        page.get_by_label("token").fill("a-token-of-some-length")
        page.get_by_role("button", name="Enter").click()
        page.wait_for_selector("#served:not(:empty)")
        draw_with_mouse(page, "4")
        expect(page.locator(ANSWERED)).to_have_text("4")
        page.locator("#card summary").click()
        with page.expect_download() as download:
            page.locator("#report").click()
        assert download.value.suggested_filename == "digits report.html"
        assert "<h1>" in download.value.path().read_text(encoding="utf-8")
        page.reload()
        page.wait_for_selector("#served:not(:empty)")
        page.context.close()
