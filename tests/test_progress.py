import io
import sys
from concurrent.futures import ThreadPoolExecutor

from recognition.progress import Progress


class Terminal(io.StringIO):
    def isatty(self):
        return True


def terminal_of(monkeypatch):
    monkeypatch.setattr(sys, "stderr", Terminal())
    return sys.stderr


def test_counts_on_a_terminal_and_wipes_its_line(monkeypatch):
    monkeypatch.setattr(Progress, "SOON", 0)
    terminal = terminal_of(monkeypatch)
    with Progress("rows", 2000) as progress:
        progress.step(500)
    assert "rows: 500 of 2,000, 0:00 left" in terminal.getvalue()
    assert terminal.getvalue().endswith("\r\033[K")


def test_says_nothing_of_what_is_soon_done(monkeypatch):
    terminal = terminal_of(monkeypatch)
    with Progress("rows", 2) as progress:
        progress.step()
    assert terminal.getvalue() == "\r\033[K"


def test_is_silent_in_work_that_is_a_step_of_other_work(monkeypatch):
    terminal = terminal_of(monkeypatch)
    with ThreadPoolExecutor() as pool:
        pool.submit(lambda: Progress("rows", 2).wipe()).result()
    assert terminal.getvalue() == ""


def test_is_silent_elsewhere(capsys):
    with Progress("rows", 2) as progress:
        progress.step()
    assert capsys.readouterr().err == ""
