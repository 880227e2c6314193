"""Ask a server for a while over many connections at once, and check every value of every answer.

example:
  python tests/benchmarks/soak.py
  python tests/benchmarks/soak.py --seconds 300 --workers 2
"""

import argparse
import asyncio
import json
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parent))

from fuzz import wait_for
from project import ROOT, launch, stop
from serving import memory_of
from sklearn.datasets import load_digits

from recognition.inference import artifact

UPGRADE = "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n"
EXACT = 1e-5  # rows predicted together are summed in another order


def main(argv=None):
    """Print how many answers were lost, mixed up, and right: the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60, help="(default: %(default)s)")
    parser.add_argument("--connections", type=int, default=64, help="(default: %(default)s)")
    parser.add_argument("--workers", default="", help="of the server (default: the built-in server)")
    args = parser.parse_args(argv)
    process, url = launch(ROOT, *(["--workers", args.workers] if args.workers else []))
    try:
        wait_for(url)
        rows = load_digits().data
        expected = [one.as_dict() for one in artifact.load("digits").recognizer.predict(rows)]
        asyncio.run(soak(url, args.connections, 2, rows, expected))  # a warm-up, after which memory is compared
        before = memory_of(process.pid)
        answers, wrong, lost = asyncio.run(soak(url, args.connections, args.seconds, rows, expected))
        grown = memory_of(process.pid) - before
    finally:
        stop(process)
    rate = answers / args.seconds
    print(
        f"{answers:,} answers over {args.connections} connections ({rate:.0f} a second): {wrong} wrong, {lost} lost; "
    )
    print(f"memory {before:.0f} MB, {grown:+.1f} MB")
    return int(wrong > 0 or lost > 0)


async def soak(url, connections, seconds, rows, expected):
    """Ask over all connections: answers, wrong ones, lost ones."""
    end = time.monotonic() + seconds
    place = urlsplit(url)
    counts = await asyncio.gather(
        *(ask(place.hostname, place.port, rows, expected, start, end) for start in range(connections))
    )
    return tuple(map(sum, zip(*counts, strict=True)))


async def ask(host, port, rows, expected, index, end):
    """Ask over one connection about one row after the other."""
    answers = wrong = 0
    reader, writer = await asyncio.open_connection(host, port)
    try:
        while time.monotonic() < end:
            index = (index + 64) % len(rows)
            body = json.dumps({"instances": [rows[index].tolist()]}).encode()
            head = f"POST /prediction HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
            head += UPGRADE if index % 2 else ""
            writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
            answered = await reader.readuntil(b"\r\n\r\n")
            length = next(
                int(line.split(b":")[1])
                for line in answered.split(b"\r\n")
                if line.lower().startswith(b"content-length")
            )
            text = await reader.readexactly(length)
            answers += 1
            wrong += not (b" 200 " in answered.partition(b"\r\n")[0] and agrees(json.loads(text), expected[index]))
    except (OSError, asyncio.IncompleteReadError):
        return answers, wrong, 1
    finally:
        writer.close()
    return answers, wrong, 0


def agrees(answer, expected):
    """Return whether an answer is the one to this question."""
    (prediction,) = answer["predictions"]
    return (
        all(
            abs(one["confidence"] - right["confidence"]) < EXACT
            # of those that are hardly possible, the order may differ
            and (one["label"] == right["label"] or right["confidence"] < 10 * EXACT)
            for one, right in zip(prediction["top"], expected["top"], strict=True)
        )
        and prediction["label"] == expected["label"]
    )


if __name__ == "__main__":
    raise SystemExit(main())
