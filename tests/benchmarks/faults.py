"""Do to a server what happens to servers, and print how it bears it.

example:
  python tests/benchmarks/faults.py
  python tests/benchmarks/faults.py --workers 2
"""

import argparse
import asyncio
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parent))

import requests
from fuzz import QUESTION, wait_for
from project import ROOT, launch
from serving import memory_of
from sklearn.datasets import load_digits
from soak import soak

from recognition.inference import artifact

SLOW = 200  # clients that send a byte a second
HEAD = b"POST /prediction HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n"


def main(argv=None):
    """Try one after the other on one server, and stop it in the end."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workers", type=int, help="of the server (default: the built-in server)")
    parser.add_argument("--requests", type=int, default=100_000, help="for its memory (default: %(default)s)")
    args = parser.parse_args(argv)
    temporary = set(os.listdir(tempfile.gettempdir()))
    process, url = launch(ROOT, *(["--workers", str(args.workers)] if args.workers else []))
    try:
        wait_for(url)
        slow_clients(url, HEAD, "bodies")
        slow_clients(url, b"POST /pre", "heads")
        health_while_predicting(url)
        memory(url, process, args.requests)
        if args.workers:
            killed_worker(url, process, args.workers)
    finally:
        stopped(url, process)
    left = set(os.listdir(tempfile.gettempdir())) - temporary
    print(f"temporary files left: {len(left)}")


def quickly(url, count=50):
    """Ask over one connection: the times, in ms."""
    session, times = requests.Session(), []
    for _ in range(count):
        begin = time.perf_counter()
        session.post(f"{url}/prediction", json=QUESTION, timeout=30).raise_for_status()
        times.append(1000 * (time.perf_counter() - begin))
    return sorted(times)


def slow_clients(url, beginning, what):
    """Have many clients send a byte a second, and ask beside them."""
    host, port = url.removeprefix("http://").split(":")
    clients = [socket.create_connection((host, int(port))) for _ in range(SLOW)]
    for client in clients:
        client.sendall(beginning)
    over = threading.Event()

    def drip():
        while not over.wait(1):
            for client in clients:
                try:
                    client.send(b"x")
                except OSError:
                    continue  # it was closed, as it should be after a while

    dripping = threading.Thread(target=drip)
    dripping.start()
    time.sleep(2)
    times = quickly(url)
    over.set()
    dripping.join()
    for client in clients:
        client.close()
    print(
        f"{SLOW} clients with slow {what}: others wait {times[25]:.1f} ms (median), {times[-1]:.1f} ms (longest of 50)"
    )


def health_while_predicting(url):
    """Ask for health while large questions are answered."""
    over = threading.Event()
    question = {"instances": QUESTION["instances"] * 1000}

    def ask():
        while not over.is_set():
            requests.post(f"{url}/prediction", json=question, timeout=60)

    askers = [threading.Thread(target=ask) for _ in range(4)]
    for asker in askers:
        asker.start()
    time.sleep(0.5)
    session, times = requests.Session(), []
    for _ in range(100):
        begin = time.perf_counter()
        session.get(f"{url}/health/live", timeout=30).raise_for_status()
        times.append(1000 * (time.perf_counter() - begin))
    over.set()
    for asker in askers:
        asker.join()
    print(
        f"health while 4 ask about 1,000 instances: {sorted(times)[50]:.1f} ms (median), {max(times):.1f} ms (longest)"
    )


def memory(url, process, count):
    """Ask very often, and look at the memory after a tenth and in the end."""
    rows = load_digits().data
    expected = [one.as_dict() for one in artifact.load("digits").recognizer.predict(rows)]
    answers, at_first = 0, 0
    while answers < count:
        new, wrong, lost = asyncio.run(soak(url, 64, 5, rows, expected))
        answers += new
        assert not wrong, "an answer was wrong"
        assert not lost, "an answer was lost"
        if not at_first and answers > count / 10:
            at_first = memory_of(process.pid)
    now = memory_of(process.pid)
    print(f"memory after {answers:,} requests: {now:.0f} MB, {now - at_first:+.1f} MB since the first tenth")


def children(process):
    """Return the process numbers of the workers."""
    command = ["pgrep", "-P", str(process.pid), "-f", "spawn_main"]
    return [*map(int, subprocess.run(command, capture_output=True, check=True).stdout.split())]


def killed_worker(url, process, workers):
    """Kill a worker while all are busy."""
    rows = load_digits().data
    expected = [one.as_dict() for one in artifact.load("digits").recognizer.predict(rows)]
    timer = threading.Timer(2, os.kill, (children(process)[0], signal.SIGKILL))
    timer.start()
    answers, wrong, lost = asyncio.run(soak(url, 32, 10, rows, expected))
    print(
        f"a worker of {workers} killed: {answers:,} answers, {wrong} wrong; {lost} of 32 connections were the killed "
        f"one's; workers now: {len(children(process))}"
    )


def stopped(url, process):
    """Send SIGTERM while a large question is answered."""
    question, statuses = {"instances": QUESTION["instances"] * 1000}, []
    asker = threading.Thread(
        target=lambda: statuses.append(requests.post(f"{url}/prediction", json=question, timeout=30).status_code)
    )
    asker.start()
    time.sleep(0.1)
    begin = time.perf_counter()
    process.terminate()
    process.communicate(timeout=20)
    asker.join()
    seconds = time.perf_counter() - begin
    print(f"SIGTERM: the request in flight got {statuses}, exit code {process.returncode} after {seconds:.1f} s")


if __name__ == "__main__":
    main()
