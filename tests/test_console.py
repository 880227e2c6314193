import os
import signal
import subprocess
import sys

import pytest
from conftest import ROOT

from recognition.console import importing

HEAD = """
import sys
from recognition.console import importing, run
"""


def start(script, **options):
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "cwd": ROOT, **options}
    return subprocess.Popen([sys.executable, "-W", "error", "-c", HEAD + script], **options)


def finish(process):
    _, complaint = process.communicate(timeout=30)
    return process.returncode, complaint


def test_ctrl_c_during_imports_is_one_line_even_where_an_import_would_hide_it():
    process = start(
        """
with importing("x.py"):
    print("importing", flush=True)
    while True:
        try:
            sys.stdin.read()
        except KeyboardInterrupt:
            pass
""",
        stdin=subprocess.PIPE,
    )
    process.stdout.readline()
    process.send_signal(signal.SIGINT)
    assert finish(process) == (1, "x.py: stopped\n")


def test_after_the_imports_ctrl_c_is_an_interrupt_again():
    with importing("x.py"):
        assert signal.getsignal(signal.SIGINT) is not signal.default_int_handler
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_an_interrupt_that_is_ignored_stays_so():
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with importing("x.py"):
            assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.mark.parametrize("size", [1, 100_000])
def test_a_reader_that_has_gone_is_one_line(size):
    reading, writing = os.pipe()
    process = start(f"raise SystemExit(run('x.py', lambda: print('x' * {size})))", stdout=writing)
    os.close(reading)
    os.close(writing)
    assert finish(process) == (1, "x.py: the output cannot be written: Broken pipe\n")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a device that is always full")
@pytest.mark.parametrize("main", ["print(1)", "print(1, flush=True)", "sys.exit(print(1))", "print('x' * 99_999)"])
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_full_disk_is_one_line(main, unbuffered):
    with open("/dev/full", "wb") as full:
        process = start(
            f"raise SystemExit(run('x.py', lambda: {main}))",
            stdout=full,
            env={**os.environ, "PYTHONUNBUFFERED": unbuffered},
        )
        assert finish(process) == (1, "x.py: the output cannot be written: No space left on device\n")


@pytest.mark.parametrize(
    ("main", "code", "complaint"),
    [
        ("7", 7, ""),
        ("sys.exit(2)", 2, ""),
        ("exec('raise KeyboardInterrupt')", 1, "x.py: stopped\n"),
        ("exec('from recognition.errors import DataError; raise DataError(5)')", 1, "x.py: 5\n"),
    ],
)
def test_the_exit_code_is_that_of_main_and_what_a_person_can_mend_is_one_line(main, code, complaint):
    assert finish(start(f"raise SystemExit(run('x.py', lambda: {main}))")) == (code, complaint)


@pytest.mark.parametrize("script", ["client.py", "server.py"])
def test_the_scripts_end_in_one_line_while_they_import(script):
    process = subprocess.Popen([sys.executable, "-v", ROOT / script, "x"], stderr=subprocess.PIPE, text=True)
    for line in process.stderr:  # what is being imported
        if line.startswith("import 'recognition.arguments'"):
            process.send_signal(signal.SIGINT)
            break
    assert f"{script}: stopped\n" in process.communicate(timeout=30)[1]
    assert process.returncode == 1
