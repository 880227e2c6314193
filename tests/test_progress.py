import io
from concurrent.futures import ThreadPoolExecutor

from recognition.progress import Progress


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_counts_on_a_terminal_and_wipes_its_line(monkeypatch):
    monkeypatch.setattr(Progress, "SOON", 0)
    terminal = Terminal()
    with Progress("rows", 2000, terminal) as progress:
        progress.step(500)
    assert "rows: 500 of 2,000, 0:00 left" in terminal.getvalue()
    assert terminal.getvalue().endswith("\r\033[K")


def test_says_nothing_of_what_is_soon_done():
    terminal = Terminal()
    with Progress("rows", 2, terminal) as progress:
        progress.step()
    assert terminal.getvalue() == "\r\033[K"


def test_is_silent_in_work_that_is_a_step_of_other_work():
    terminal = Terminal()
    with ThreadPoolExecutor() as pool:
        pool.submit(lambda: Progress("rows", 2, terminal).wipe()).result()
    assert terminal.getvalue() == ""


def test_is_silent_elsewhere():
    pipe = io.StringIO()
    with Progress("rows", 2, pipe) as progress:
        progress.step()
    assert pipe.getvalue() == ""
