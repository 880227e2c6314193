import errno
import os
import signal
import subprocess
import sys

import pytest
from project import ROOT

from recognition.console import as_exit_code, printable
from recognition.errors import RecognitionError, writing

DISK = pytest.mark.skipif(not os.path.exists("/dev/full"), reason="only Linux has a disk that is always full")
# A script that ends as those of the project do; what it does stands in its place.
SCRIPT = """
from recognition.console import as_exit_code, stop_at_once

if __name__ == "__main__":
    stop_at_once("x.py")

{imports}

@as_exit_code("x.py")
def main(argv=None):
    {work}
    return 0

raise SystemExit(main())
"""
READY_AND_WAIT = "print('ready', flush=True); import time; time.sleep(60)"


def started(tmp_path, imports="", work="pass", **streams):
    """Start the script."""
    path = tmp_path / "x.py"
    path.write_text(SCRIPT.format(imports=imports, work=work))
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **streams}
    return subprocess.Popen([sys.executable, path], env={**os.environ, "PYTHONPATH": ROOT}, text=True, **streams)


@pytest.mark.parametrize("place", ["imports", "work"])
def test_ctrl_c_is_one_line_while_modules_are_imported_and_later(tmp_path, place):
    process = started(tmp_path, **{place: READY_AND_WAIT})
    process.stdout.readline()
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=20)[1] == "x.py: stopped\n"
    assert process.returncode == 1


def test_where_ctrl_c_is_ignored_it_stays_so(tmp_path):
    work = "import signal; print(signal.getsignal(signal.SIGINT) is signal.SIG_IGN)"
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        process = started(tmp_path, work=work)
    finally:
        signal.signal(signal.SIGINT, before)
    assert process.communicate(timeout=20) == ("True\n", "")


@pytest.mark.parametrize("work", ["print('x')", "print('x', flush=True)", "print('x' * 100_000)"])
@DISK
def test_a_full_disk_is_one_line(tmp_path, work):
    with open("/dev/full", "w") as full:
        process = started(tmp_path, work=work, stdout=full)
    err = process.communicate(timeout=20)[1]
    assert (process.returncode, err.count("\n")) == (1, 1)
    assert err.startswith("x.py: the output cannot be written: No space left on device")


def test_a_reader_that_has_gone_is_one_line(tmp_path):
    reader, writer = os.pipe()
    os.close(reader)
    process = started(tmp_path, work="print('x')", stdout=writer)
    os.close(writer)
    err = process.communicate(timeout=20)[1]
    assert (process.returncode, err) == (1, "x.py: stopped, because nothing reads its output any more\n")


@DISK
def test_nowhere_to_print_the_line_is_still_exit_1(tmp_path):
    with open("/dev/full", "w") as full:
        process = started(tmp_path, work="print('x')", stdout=full, stderr=full)
    assert process.wait(timeout=20) == 1


@pytest.mark.parametrize("sign", [*"\0\a\b\t\n\r\x1b\x7f\x9b", "\u2028", "\udcff"])
def test_a_control_sign_is_not_printed(sign):
    assert printable(f"a{sign}[2Jb") == "a\ufffd[2Jb"


def test_letters_of_all_scripts_are_printed_as_they_are():
    text = "7 à 手 \u200d🇪🇺 nb\xa0sp"
    assert printable(text) == text


def failing(error):
    @as_exit_code("x.py")
    def main(argv=None):
        raise error

    return main


def test_an_expected_failure_is_one_line(capsys):
    assert failing(RecognitionError("no model; train one"))() == 1
    assert capsys.readouterr().err == "x.py: no model; train one\n"


def test_a_failure_brings_no_control_signs_to_the_terminal(capsys):
    failing(RecognitionError("no \x1b[2J\udcff"))()
    assert capsys.readouterr().err == "x.py: no \ufffd[2J\ufffd\n"


@pytest.mark.parametrize("error", [ValueError("a bug"), OSError(errno.ENOENT, "a bug")])
def test_a_bug_stays_one(error):
    with pytest.raises(type(error), match="a bug"):
        failing(error)()


def test_a_file_that_cannot_be_written_is_named(tmp_path):
    path = tmp_path / "no" / "out.csv"
    with pytest.raises(RecognitionError, match=r"out\.csv cannot be written: No such file"), writing(path):
        path.write_text("")


@pytest.mark.parametrize("script", ["training.py", "client.py", "server.py", "recognition.batch", "recognition.export"])
def test_the_scripts_end_so_while_they_import(script, tmp_path):
    (tmp_path / "argparse.py").write_text("import time; print('importing', flush=True); time.sleep(60)")
    process = subprocess.Popen(
        [sys.executable, script] if script.endswith(".py") else [sys.executable, "-m", script],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "importing\n"
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=20)[1] == f"{script}: stopped\n"
    assert process.returncode == 1


@DISK
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_help_that_goes_to_a_full_disk_is_one_line(unbuffered):
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, ROOT / "client.py", "--help"],
            env={**os.environ, "PYTHONUNBUFFERED": unbuffered},
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr.startswith("client.py: the output cannot be written: No space left on device")
