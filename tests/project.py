"""The project as a person has it: a copy of it, its scripts run, its server started."""

import io
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path
from subprocess import CompletedProcess

import pytest

import training
from recognition.inference import artifact
from recognition.servers import builtin

ROOT = Path(__file__).resolve().parents[1]


def copy_project(folder):
    """Copy the scripts and the package to a folder, where they find a `model/` of their own."""
    for script in ("training.py", "server.py", "client.py"):
        shutil.copy(ROOT / script, folder / script)
    shutil.copytree(ROOT / "recognition", folder / "recognition", ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def run(script, *arguments, cwd=None):
    """Run a script as a person does, and return the subprocess.CompletedProcess."""
    return subprocess.run(
        [sys.executable, str(script), *map(str, arguments)],
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        cwd=cwd,
        env={**os.environ, "PYTHONWARNINGS": "error"},
        check=False,
    )


def train(models, *arguments):
    """Train in this process, which has imported all already, with the models of a folder; return as `run` does."""
    arguments = [*map(str, arguments)]
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2))
    with pytest.MonkeyPatch.context() as patch:
        for function in (artifact.save, artifact.saved_card):
            patch.setattr(function, "__defaults__", (models,))
        patch.setattr(sys, "stdout", out)
        patch.setattr(sys, "stderr", err)
        code = training.main(arguments)
        printed = [(stream.flush(), stream.buffer.getvalue().decode())[1] for stream in (out, err)]
    return CompletedProcess(arguments, code, *printed)


def launch(folder, *arguments):
    """Start the server of a copy of the project, on a free port unless told otherwise; return process and address."""
    process = subprocess.Popen(
        [sys.executable, str(folder / "server.py"), "-p", "0", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        encoding="utf-8",
    )
    return process, re.search(r"http://\S+", process.stdout.readline())[0]


def children(*pids, command="."):
    """Return the process numbers of the children of some processes, those with something in their command."""
    command = ["pgrep", "-P", ",".join(map(str, pids)), "-f", command]
    return set(map(int, subprocess.run(command, capture_output=True, check=False).stdout.split())) if pids else set()


def workers_of(process):
    """Return the process numbers of the workers of a server: forked from a child of it, or else started by itself."""
    return children(*children(process.pid)) or children(process.pid, command="spawn_main")


def stop(process):
    """Stop a server that was launched."""
    process.terminate()
    process.communicate(timeout=60)


@contextmanager
def launched(folder, *arguments):
    """Launch a server, yield its address, and stop it."""
    process, url = launch(folder, *arguments)
    try:
        yield url
    finally:
        stop(process)


@contextmanager
def serving(app):
    """Run the built-in server in a thread, and yield it."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = builtin.Server(listener, app)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
