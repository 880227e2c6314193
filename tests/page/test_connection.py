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


def test_a_correction_is_kept_when_the_server_is_back_and_the_answer_to_less_stays_pale_until_then(visit, served):
    page = visit(locale="en-GB")  # in a profile that need not be online again
    draw_with_mouse(page, "7", left=0.1)
    assert answer(page) == "7"
    page.context.set_offline(True)
    draw_with_mouse(page, "7", left=0.6)
    page.locator("#draw-answer .chips").get_by_text("1").click()
    expect(page.locator("#draw-answer .wrong")).to_contain_text("No connection to the server. Trying again …")
    expect(page.locator("#draw-answer")).to_have_class("answer stale")
    page.context.set_offline(False)
    expect(page.locator("#draw-answer:not(.stale) .label")).to_have_text("77")
    (kept,) = served[1].glob("1/*.png")
    kept.unlink()


def test_there_is_nothing_to_ask_until_the_model_is_known(visit):
    away = {"away": True}
    page = visit(locale="en-GB")
    page.route("**/model", lambda route: route.abort() if away else route.continue_())
    page.reload()
    expect(page.locator("#status")).to_contain_text("Trying again")
    expect(page.locator("main")).to_be_hidden()
    away.clear()
    expect(page.locator("main")).to_be_visible()


def test_a_slow_server_is_told(page):
    held = []
    page.route("**/prediction?seen=1", lambda route: held.append(route))
    drop(page, ("254.png", NUMBER))
    expect(page.locator("#status")).to_have_text("The server takes its time …")
    held[0].continue_()
    assert answer(page, "#album .answer") == "254"
    expect(page.locator("#status")).to_be_empty()


def test_a_server_that_does_not_answer_is_given_up_and_asked_again(page):
    held = []
    page.clock.install()
    page.route("**/prediction?seen=1", lambda route: route.continue_() if held else held.append(route))
    with page.expect_request("**/prediction?seen=1"):
        drop(page, ("254.png", NUMBER))
    page.clock.fast_forward(30_000)
    expect(page.locator("#status")).to_have_text("No connection to the server. Trying again …")
    page.clock.fast_forward(2_000)
    assert answer(page, "#album .answer") == "254"


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
