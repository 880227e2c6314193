"""Do to a server what happens to servers, and print how it bears it.

example:
  python tests/benchmarks/faults.py
  python tests/benchmarks/faults.py --workers 2
"""

import argparse
import asyncio
import json
import os
import signal
import socket
import sys
import tempfile
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parent))

import requests
from costly import costly
from fuzz import QUESTION, wait_for
from project import ROOT, launch, workers_of
from serving import memory_of
from sklearn.datasets import load_digits
from soak import soak

from recognition.inference import artifact

AT_ONCE = 8  # clients that send what costs most
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
        costly_bodies(url, process)
        endless_heads(url, process)
        memory(url, process, args.requests)
        if args.workers:
            killed_worker(url, process, args.workers)
            killed_while_starting(url, process)
            hung_worker(process)
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


def costly_bodies(url, process):
    """Send each of the costly bodies several times at once, and ask beside them."""
    idle, over = memory_of(process.pid), threading.Event()
    peaks, small, pictures = [idle], [], []
    digit = (ROOT / "my_test_images" / "digit2.png").read_bytes()

    def look():
        while not over.wait(0.05):
            peaks.append(memory_of(process.pid))

    def ask(times, kind, body):
        while not over.wait(0.1):
            begin = time.perf_counter()
            status = post(url, kind, body)
            times.append(time.perf_counter() - begin if status == 200 else float("inf"))

    question = json.dumps(QUESTION).encode()
    beside = [threading.Thread(target=look)]
    beside += [threading.Thread(target=ask, args=(small, "application/json", question))]
    beside += [threading.Thread(target=ask, args=(pictures, "image/png", digit))]
    for thread in beside:
        thread.start()
    for name, (kind, body, right) in costly().items():
        peaks.append(0)
        place, begin = len(peaks), time.perf_counter()
        with ThreadPoolExecutor(AT_ONCE) as pool:
            statuses = Counter(pool.map(lambda _, kind=kind, body=body: post(url, kind, body), range(AT_ONCE)))
        seconds = time.perf_counter() - begin
        wrong = "" if statuses.keys() <= {right, 503} else f", not {right}"
        peak = max(peaks[place:], default=idle)
        print(f"{AT_ONCE} x {name}: {dict(statuses)}{wrong} in {seconds:.1f} s, {peak - idle:+.0f} MB", flush=True)
    over.set()
    for thread in beside:
        thread.join()
    print(
        f"most memory over idle: {max(peaks) - idle:.0f} MB; small questions beside: {len(small)}, at most "
        f"{max(small):.2f} s; pictures beside: {len(pictures)}, at most {max(pictures):.2f} s"
    )


def post(url, kind, body):
    """Return the status of the answer, 0 if the connection was closed before."""
    try:
        return requests.post(f"{url}/prediction", data=body, headers={"Content-Type": kind}, timeout=180).status_code
    except requests.ConnectionError:
        return 0


def endless_heads(url, process):
    """Send 150 MB of header lines, or what else has no end."""
    host, port = url.removeprefix("http://").split(":")
    idle = memory_of(process.pid)
    beginning = HEAD.rpartition(b"Content-Length")[0]
    chunked = beginning + b"Transfer-Encoding: chunked\r\n\r\n0\r\n"
    cases = {"header lines": (beginning, b"a: b\r\n" * 10_000), "one header": (beginning + b"a: ", b"x" * 60_000)}
    cases |= {"an address": (b"GET /", b"x" * 60_000), "trailers": (chunked, b"a: b\r\n" * 10_000)}
    cases |= {"one trailer": (chunked + b"a: ", b"x" * 60_000)}
    for name, (start, more) in cases.items():
        with socket.create_connection((host, int(port)), timeout=10) as client:
            client.sendall(start)
            sent = 0
            try:
                for _ in range(2500):
                    sent += client.send(more)
            except OSError:
                pass
            client.settimeout(0.1)
            try:
                answer = client.recv(2**16).split(b"\r\n")[0].decode()
            except OSError:
                answer = "closed"
        print(f"{name} without an end: {answer} after {sent / 1e6:.1f} MB, {memory_of(process.pid) - idle:+.0f} MB")


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


def killed_worker(url, process, workers):
    """Kill a worker while all are busy."""
    rows = load_digits().data
    expected = [one.as_dict() for one in artifact.load("digits").recognizer.predict(rows)]
    timer = threading.Timer(2, os.kill, (min(workers_of(process)), signal.SIGKILL))
    timer.start()
    answers, wrong, lost = asyncio.run(soak(url, 32, 10, rows, expected))
    print(
        f"a worker of {workers} killed: {answers:,} answers, {wrong} wrong; {lost} of 32 connections were the killed "
        f"one's; workers now: {len(workers_of(process))}"
    )


def killed_while_starting(url, process):
    """Kill a worker, and another while the replacement of the first starts."""
    first, second, *_ = workers_of(process)
    begin = time.perf_counter()
    os.kill(first, signal.SIGKILL)
    time.sleep(0.5)
    os.kill(second, signal.SIGKILL)
    wait_for(url)
    print(f"another killed while the first one's replacement starts: answers after {time.perf_counter() - begin:.1f} s")
    time.sleep(5)


def hung_worker(process):
    """Stop a worker, and wait for another in its place; then stop one that SIGTERM will find so."""
    stopped, *others = workers_of(process)
    begin = time.perf_counter()
    os.kill(stopped, signal.SIGSTOP)
    while stopped in workers_of(process):
        time.sleep(0.1)
    print(f"a worker that hears nothing: replaced after {time.perf_counter() - begin:.1f} s")
    time.sleep(15)  # until the new one takes requests
    os.kill(others[0], signal.SIGSTOP)


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
