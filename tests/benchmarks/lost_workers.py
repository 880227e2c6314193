"""Kill a worker of a Dask cluster in each stage of a training, and compare the model with one that was left in peace.

That one is compared with a training without a cluster, too. A cluster is a scheduler and two workers of one thread
each, as processes on this machine. A worker is killed by SIGKILL as soon as it is seen with a piece of the stage; Dask
then starts another in its place.

example:
  python tests/benchmarks/lost_workers.py DATA_FOLDER
  python tests/benchmarks/lost_workers.py DATA_FOLDER --only linear
"""

import argparse
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parent))

import numpy as np
from dask.utils import key_split
from idx_files import encode, write
from scale import ONE_THREAD, ROOT, cluster

from recognition.data import idx, sources
from recognition.inference import artifact

PEACE, LOST = "in-peace-benchmark", "lost-benchmark"
MOST = 1000  # images that both models are asked about


def main(argv=None):
    """Print a line for each stage of each training."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, metavar="DATA_FOLDER", help="has mnist/ and cats_and_dogs_filtered/")
    parser.add_argument("--only", choices=["folds", "pairs", "ensemble", "linear", "pictures"], help="one training")
    args = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        few, more = (some_of_mnist(args.data / "mnist", Path(folder) / str(rows), rows) for rows in (2_500, 8_000))
        trainings = {
            "folds": ["--data", "digits", "--tune", "--no-report"],
            "pairs": ["--data", more, "--recipe", "fast", "--quick"],
            "ensemble": ["--data", few, "--recipe", "best", "--quick"],
            "linear": ["--data", more, "--recipe", "linear", "--quick"],
            "pictures": ["--data", args.data / "cats_and_dogs_filtered", "--recipe", "fast", "--quick"],
        }
        try:
            for name in [args.only] if args.only else trainings:
                disturb(name, [str(word) for word in trainings[name]])
        finally:
            for path in (ROOT / "model").glob("*-benchmark*"):
                path.unlink()


def some_of_mnist(source, folder, rows):
    """Write a folder of IDX files with MNIST's first images, and return its path."""
    folder.mkdir()
    for kind in ("images-idx3", "labels-idx1"):
        write(folder / f"train-{kind}-ubyte", encode(idx.read_array(source / f"train-{kind}-ubyte.gz")[:rows]))
    return folder


def disturb(name, options):
    """Train in peace, without a cluster, and once for each stage with a worker killed in it."""
    with cluster(2) as (url, client):
        begin = time.perf_counter()
        in_peace = finished(start(options, PEACE, url))
        seconds = time.perf_counter() - begin
        print(f"{name}: {' '.join(options)}, {seconds:.0f} s in peace", flush=True)
        compare("without a cluster", options, in_peace, finished(start(options, LOST)))
        for stage in dict.fromkeys(re.findall(r"on the cluster, \d workers?: (.+) \([\d,]+\)", in_peace)):
            client.wait_for_workers(2, timeout=60)
            training = start(options, LOST, url)
            killed = kill_one(client, stage, training)
            end = "killed" if killed else "over before a worker was killed"
            compare(f"{stage}: {end}", options, in_peace, finished(training))


def compare(disturbance, options, before, after):
    """Print how the model and the scores of a training differ from those in peace."""
    rows = sources.load(options[1:2]).training.rows[:MOST]
    one, other = (artifact.load(name, ROOT / "model").recognizer.probabilities(rows)[0] for name in (PEACE, LOST))
    same = "the same scores" if scores(after) == scores(before) else "OTHER SCORES"
    print(f"  {disturbance}, {same}, confidences differ by at most {np.abs(one - other).max():.1g}", flush=True)


def start(options, name, url=None):
    """Start a training."""
    engine = ["--engine", url] if url else []
    return subprocess.Popen(
        [sys.executable, ROOT / "training.py", *options, "--name", name, *engine],
        stdout=subprocess.PIPE,
        encoding="utf-8",
        env={**os.environ, **ONE_THREAD},
    )


def finished(training):
    """Wait for a training, and return what it printed."""
    output = training.communicate()[0]
    if training.returncode:
        raise SystemExit(output)
    return output


def scores(output):
    """Return the lines of scores that a training printed: list of str."""
    return [line for line in output.splitlines() if re.match(r"Validation|Test|Training|Confidence|Learning", line)]


def kill_one(client, stage, training):
    """Kill a worker as soon as it has a piece of a stage; return whether that was before the end of the training."""
    pids = client.run(os.getpid)
    while training.poll() is None:
        for address in client.run_on_scheduler(busy, stage=stage):
            with suppress(ProcessLookupError):
                os.kill(pids[address], signal.SIGKILL)
                return True
        time.sleep(0.005)
    return False


def busy(stage, dask_scheduler):
    """Return the addresses of the workers that have a piece of a stage: list of str."""
    return [
        address
        for address, worker in dask_scheduler.workers.items()
        if any(key_split(task.key) == stage for task in worker.processing)
    ]


if __name__ == "__main__":
    main()
