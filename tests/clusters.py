"""Dask clusters as README has people start them: a scheduler and workers, which are processes of their own."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path

from project import ROOT

OPTIONS = ("--nthreads", 1, "--no-dashboard", "--host", "127.0.0.1", "--death-timeout", 60)


@contextmanager
def a_scheduler(cwd=ROOT):
    """Start a scheduler on a port that it chooses itself; yield its process and its address."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "scheduler.json"
        options = ("--host", "127.0.0.1", "--port", 0, "--no-dashboard", "--idle-timeout", "5 minutes")
        with _process("scheduler", *options, "--scheduler-file", file, cwd=cwd) as process:
            yield process, _address(process, file)


@contextmanager
def workers(url, count=1, cwd=ROOT):
    """Start workers for a scheduler."""
    with _process("worker", url, "--nworkers", count, *OPTIONS, cwd=cwd):
        yield


def end(process):
    """Kill a process and its children."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@contextmanager
def _process(*command, cwd):
    process = subprocess.Popen(
        [sys.executable, "-m", "dask", *map(str, command)],
        cwd=cwd,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        end(process)


def _address(process, file):
    """Wait until a scheduler has written its address to a file, all of it."""
    while True:
        assert process.poll() is None
        with suppress(FileNotFoundError, json.JSONDecodeError):
            return json.loads(file.read_text())["address"]
        time.sleep(0.05)
