"""Send a server requests that nobody should send, and check that each is answered as the contract says.

example:
  python tests/benchmarks/fuzz.py
  python tests/benchmarks/fuzz.py --cases 50000 --seed 7 --workers 2
"""

import argparse
import random
import re
import socket
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import requests
from fuzzing import request, spoilt
from project import ROOT, launch, stop

PATIENCE = 1  # second
QUESTION = {"instances": [[0, 0, 10, 16, 13, 0, 0, 0] * 8]}


def main(argv=None):
    """Print how many answers of each status there were, and what was wrong: the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=10_000, help="requests (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=42, help="seed of all random choices (default: %(default)s)")
    parser.add_argument("--workers", default="", help="of the server (default: the built-in server)")
    args = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as kept:
        workers = ["--workers", args.workers] if args.workers else []
        process, url = launch(ROOT, "--collect", kept, *workers)
        try:
            return attack(url, args.cases, args.seed)
        finally:
            stop(process)


def attack(url, cases, seed):
    """Ask, count, and ask something right after each thousand."""
    wait_for(url)
    session = requests.Session()
    described = session.get(f"{url}/openapi.json", timeout=10).json()["paths"]
    right = session.post(f"{url}/prediction", json=QUESTION, timeout=10).json()
    chance, statuses, wrong = random.Random(seed), Counter(), 0
    begin = time.perf_counter()
    for number in range(cases):
        path, headers, body = request(chance)
        headers = {name: value.encode() for name, value in headers.items()}
        answer = session.post(url + path, data=body, headers=headers, timeout=60)
        statuses[answer.status_code] += 1
        expected = described[path.partition("?")[0]]["post"]["responses"].get(str(answer.status_code))
        kind = answer.headers.get("Content-Type", "").partition(";")[0]
        if not expected or kind not in expected["content"]:
            wrong += 1
            print(f"case {number}: {path} {headers}: {answer.status_code} {answer.text[:200]}", flush=True)
        if number % 1000 == 999:
            wrong += session.post(f"{url}/prediction", json=QUESTION, timeout=10).json() != right
    wrong += spoilt_heads(url, cases // 10, chance)
    seconds = time.perf_counter() - begin
    counts = ", ".join(f"{status}: {count:,}" for status, count in sorted(statuses.items()))
    print(f"{cases:,} requests in {seconds:.0f} s; {counts}; not as described: {wrong}")
    return int(wrong > 0)


def spoilt_heads(url, cases, chance):
    """Send requests whose head something happened to, and return how many got an answer that says 500, or several."""
    host, port = url.removeprefix("http://").split(":")
    body = b'{"instances": [[]]}'
    head = f"POST /prediction HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nOrigin: http://[::1\r\n"
    head = f"{head}Content-Length: {len(body)}\r\nX-Request-ID: a\r\n\r\n".encode()
    wrong, statuses = 0, Counter()
    for number in range(cases):
        content = spoilt(head, chance) + body
        with socket.create_connection((host, int(port)), timeout=20) as connection:
            connection.sendall(content)
            connection.settimeout(PATIENCE)
            try:
                received = connection.recv(2**16)
            except TimeoutError:  # it waits for the rest of a head or a body
                received = b""
        found = re.findall(rb"^HTTP/1.1 (\d+)", received, re.MULTILINE)
        statuses.update(found)
        if b"500" in found or len(found) > 2:
            wrong += 1
            print(f"head {number}: {content}: {found}", flush=True)
    print(f"{cases:,} spoilt heads: " + ", ".join(f"{int(one)}: {count}" for one, count in sorted(statuses.items())))
    return wrong


def wait_for(url):
    """Wait until the server answers."""
    while True:
        try:
            return requests.get(f"{url}/health/ready", timeout=5).raise_for_status()
        except (requests.ConnectionError, requests.Timeout):
            time.sleep(0.1)


if __name__ == "__main__":
    raise SystemExit(main())
