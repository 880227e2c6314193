"""Measure how training grows with the data, on one worker of a Dask cluster and on two, and read all of MNIST.

The images are EMNIST's characters of DATA_FOLDER/emnist-byclass, distorted until there are enough; they are written to
a folder of IDX files, which is removed in the end. Each worker is a process of one thread, on this machine. The last
lines reckon from the measured times how long larger data would take, and what would bind first.

example:
  python tests/benchmarks/scale.py DATA_FOLDER
  python tests/benchmarks/scale.py DATA_FOLDER --rows 25000 100000
  python tests/benchmarks/scale.py DATA_FOLDER --only training --recipe many --rows 500000 --workers 2
"""

import argparse
import os
import re
import resource
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import distributed
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from recognition.data import idx
from recognition.features.augmentation import distort

ROOT = Path(__file__).resolve().parents[2]
ONE_THREAD = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL")}
BLOCK = 20_000  # images distorted at a time
NAME = "scale-benchmark"


def main(argv=None):
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, metavar="DATA_FOLDER", help="has emnist-byclass/ and mnist/")
    parser.add_argument("--rows", type=int, nargs="+", default=[25_000, 100_000, 400_000, 800_000])
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--recipe", default="linear", help="of the training (default: %(default)s)")
    parser.add_argument("--runs", type=int, default=1, help="the quickest of so many counts (default: %(default)s)")
    parser.add_argument("--only", choices=["training", "batch"], help="one of the two")
    args = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        if args.only != "batch":
            training(args, Path(folder))
        if args.only != "training":
            batch(args.data, Path(folder))


def training(args, folder):
    """Train on more and more rows, and print a line for each."""
    measurements = {}
    print(f"{'rows':>8} workers {'run':>8} {'fit':>8} {'a worker':>10} {'training.py':>12}")
    for rows in args.rows:
        write_characters(args.data / "emnist-byclass", folder / "characters", rows)
        for workers in args.workers * args.runs:
            run, fit, worker, driver = measured = measure(folder / "characters", workers, args.recipe)
            print(f"{rows:8,} {workers:7} {run:7.1f}s {fit:7.1f}s {worker:7.2f} GB {driver:9.2f} GB", flush=True)
            measurements[rows, workers] = min(measured, measurements.get((rows, workers), measured))
    compare(measurements, args.rows, args.workers)


def compare(measurements, rows, workers):
    """Print how the times grow, what a second worker brings, and what larger data would take."""
    for count in workers:
        for fewer, more in pairwise(rows):
            (run, fit, *_), (longer, longer_fit, *_) = measurements[fewer, count], measurements[more, count]
            print(
                f"{count} workers, {fewer:,} to {more:,} rows: {longer / run / (more / fewer):.2f} times linear "
                f"(the fit {longer_fit / fit / (more / fewer):.2f})"
            )
    if len(workers) > 1:
        for count in rows:
            (run, fit, *_), (sooner, sooner_fit, *_) = (measurements[count, number] for number in workers[:2])
            print(f"{count:,} rows: {sooner / run:.2f} of the time (the fit {sooner_fit / fit:.2f})")
    if len(rows) > 1 and workers[:2] == [1, 2]:
        reckon(measurements, *sorted(rows)[-2:])


def reckon(measurements, fewer, more):
    """Print what 10 and 100 million rows would take, by what the last ones took, with a worker on each core.

    What a second worker saves is half of what can be shared; the rest training.py does itself.
    """

    def each(measured):
        return (measured(more) - measured(fewer)) / (more - fewer)

    shared = each(lambda rows: 2 * (measurements[rows, 1][0] - measurements[rows, 2][0]))
    alone = max(0.0, each(lambda rows: 2 * measurements[rows, 2][0] - measurements[rows, 1][0]))
    memory = max(0.0, each(lambda rows: measurements[rows, 1][3]))
    print(
        f"a row takes {1e3 * shared:.2f} ms of a worker, {1e3 * alone:.2f} ms and {1e6 * memory:.2f} kB of training.py"
    )
    for millions in (10, 100):
        count = millions * 1e6
        hours = ", ".join(
            f"{(alone + shared / (8 * machines)) * count / 3600:.1f} hours on {machines}" for machines in (1, 4, 16)
        )
        print(
            f"{millions} million rows, on machines of 8 cores: {hours}; "
            f"training.py {alone * count / 3600:.1f} hours and {memory * count:.0f} GB of that"
        )


def write_characters(source, folder, rows):
    """Write a folder of IDX files with so many characters: EMNIST's, then distorted ones."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    images = idx.read_array(source / "emnist-byclass-train-images-idx3-ubyte.gz")
    labels = idx.read_array(source / "emnist-byclass-train-labels-idx1-ubyte.gz")
    shutil.copy(source / "emnist-byclass-mapping.txt", folder / "emnist-byclass-mapping.txt")
    rng = np.random.default_rng(0)
    with (folder / "emnist-byclass-train-images-idx3-ubyte").open("wb") as file:
        file.write(bytes([0, 0, 8, 3]) + struct.pack(">3I", rows, 28, 28))
        for start in range(0, rows, BLOCK):
            block = images[np.arange(start, min(start + BLOCK, rows)) % len(images)]
            if start >= len(images):
                block = np.rint(distort(block, rng)).astype(np.uint8)
            file.write(block.tobytes())
    with (folder / "emnist-byclass-train-labels-idx1-ubyte").open("wb") as file:
        file.write(bytes([0, 0, 8, 1]) + struct.pack(">I", rows))
        file.write(labels[np.arange(rows) % len(labels)].tobytes())


def measure(folder, workers, recipe):
    """Train on a cluster; return seconds of the run and of the fit, GB at the peak of a worker, and of training.py.

    Of the latter without mapped files, whose pages the system takes back when it needs the room.
    """
    with cluster(workers) as (url, client):
        command = [sys.executable, ROOT / "training.py", "--data", folder, "--recipe", recipe, "--quick"]
        start = time.perf_counter()
        done = subprocess.Popen(
            [*map(str, command), "--name", NAME, "--engine", url],
            stdout=subprocess.PIPE,
            encoding="utf-8",
            env={**os.environ, **ONE_THREAD},
        )
        own = 0
        while done.poll() is None:
            status = Path(f"/proc/{done.pid}/status").read_text(encoding="ascii")
            own = max(own, *map(int, re.findall(r"RssAnon:\s+(\d+) kB", status)), 0)
            time.sleep(0.05)
        run = time.perf_counter() - start
        out = done.stdout.read()
        if done.returncode:
            raise SystemExit(out)
        peaks = client.run(peak).values()
    for path in (ROOT / "model").glob(f"{NAME}*"):
        path.unlink()
    fit = float(re.search(r"fitted in ([\d.]+) s", out)[1])
    return run, fit, max(peaks), 1024 * own / 1e9


def peak():
    """Return the largest memory that this process had, in GB: float."""
    return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e9


@contextmanager
def cluster(workers):
    """Start a scheduler and workers of one thread each, as processes of their own, and yield address and client."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        url = f"tcp://127.0.0.1:{free.getsockname()[1]}"
    dask = [sys.executable, "-m", "dask"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": ROOT}
    port = url.rpartition(":")[2]
    processes = [
        subprocess.Popen([*dask, "scheduler", "--host", "127.0.0.1", "--port", port, "--no-dashboard"], **quiet)
    ]
    options = ["--nworkers", str(workers), "--nthreads", "1", "--no-dashboard", "--host", "127.0.0.1"]
    processes.append(subprocess.Popen([*dask, "worker", url, *options], env={**os.environ, **ONE_THREAD}, **quiet))
    try:
        with distributed.Client(url, timeout=60) as client:
            client.wait_for_workers(workers, timeout=60)
            yield url, client
    finally:
        for process in reversed(processes):
            process.terminate()
            process.wait()


def batch(data, folder):
    """Read MNIST's 70,000 images with a model of the recipe fast, without a server and without a cluster."""
    command = [
        sys.executable,
        "training.py",
        "--data",
        str(data / "mnist"),
        "--recipe",
        "fast",
        "--quick",
        "--name",
        NAME,
    ]
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    command = [
        sys.executable,
        "-m",
        "recognition.batch",
        str(data / "mnist"),
        "-m",
        NAME,
        "-o",
        str(folder / "out.csv"),
    ]
    for _ in range(3):
        start = time.perf_counter()
        done = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, encoding="utf-8")
        summary = done.stdout.read().partition(": ")[2].strip()
        _, _, usage = os.wait4(done.pid, 0)
        print(f"{summary}: {time.perf_counter() - start:.1f} s, {1024 * usage.ru_maxrss / 1e6:.0f} MB", flush=True)
    for path in (ROOT / "model").glob(f"{NAME}*"):
        path.unlink()


if __name__ == "__main__":
    main()
