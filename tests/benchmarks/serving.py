"""Measure the server beside what people would use instead, on one machine, in turns, with the same requests.

Each of the others is written as its quick start tells, in a virtual environment of its own that is made in --venvs
if it is not there. Requests come from wrk, over kept-alive connections: `apt install wrk`. Table (a) has all of
them around the same model of this project, which shows what the framework costs; table (b) has the others around
scikit-learn's SVC on the pixels, as their users would write it. Without DATA_FOLDER the images are those of
load_digits, with it MNIST's, for which a model is needed: python training.py --data DATA_FOLDER/mnist --recipe fast
--name mnist-fast.

example:
  python tests/benchmarks/serving.py
  python tests/benchmarks/serving.py DATA_FOLDER --model mnist-fast --table b
"""

import argparse
import json
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import joblib
import requests
from rivals import OF_OURS, OF_SVC, ROOT, rivals
from sklearn.datasets import load_digits
from sklearn.svm import SVC

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from recognition.data import idx

SVC_ROWS = 20_000  # of MNIST; more would make its predictions slower yet


def main(argv=None):
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, nargs="?", metavar="DATA_FOLDER", help="has mnist/ (default: load_digits)")
    parser.add_argument("--model", default="digits", help="in model/ (default: %(default)s)")
    parser.add_argument("--table", choices="ab", default="a", help="all around one model, or others around SVC")
    parser.add_argument("--only", default="", help="regular expression of the names to measure")
    parser.add_argument("--seconds", type=int, default=2, help="of a measurement (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=3, help="in turns (default: %(default)s)")
    parser.add_argument("--rows", type=int, nargs="+", default=[1, 100], help="of a request (default: %(default)s)")
    parser.add_argument("--connections", type=int, nargs="+", default=[1, 16, 64], help="(default: %(default)s)")
    parser.add_argument("--venvs", type=Path, default=Path(tempfile.gettempdir()) / "venvs", help="where they are made")
    args = parser.parse_args(argv)
    if not shutil.which("wrk"):
        parser.error("wrk is not installed; on Debian: apt install wrk")
    with tempfile.TemporaryDirectory() as folder:
        measure(args, Path(folder))


def measure(args, folder):
    """Start all, ask all in turns, tell."""
    images, truth = images_of(args.data)
    where = {"root": str(ROOT), "name": args.model, "svc": str(folder / "svc.joblib")}
    if args.table == "b":
        joblib.dump(svc_of(images, truth), where["svc"])
    chosen = [rival for rival in rivals() if re.search(args.only, rival.name)]
    scripts = {rows: script_of(folder / f"{rows}.lua", images[:rows]) for rows in args.rows}
    try:
        for rival in chosen:
            start(rival, folder, args, where, images)
        print(f"cold start, memory and size; {'(b) SVC' if args.table == 'b' else '(a) one model'}")
        for rival in chosen:
            size = f"{installed(args.venvs / rival.venv):.0f} MB" if rival.venv else ""
            print(f"  {rival.name:28} {rival.cold:5.1f} s {rival.memory:6.0f} MB {size:>8}", flush=True)
        for rows in scripts:
            for connections in args.connections:
                for _ in range(args.rounds):
                    for rival in chosen:
                        result = ask(rival.port, connections, scripts[rows], args.seconds)
                        rival.results.setdefault((rows, connections), []).append(result)
                tell(chosen, rows, connections)
    finally:
        for rival in chosen:
            stop(rival)


def images_of(data):
    """Return images and labels: load_digits, or the first of MNIST's training part."""
    if data is None:
        images, truth = load_digits(return_X_y=True)
        return images.astype(int), truth
    images = idx.read_array(data / "mnist" / "train-images-idx3-ubyte.gz")
    truth = idx.read_array(data / "mnist" / "train-labels-idx1-ubyte.gz")
    return images[:SVC_ROWS].reshape(SVC_ROWS, -1).astype(int), truth[:SVC_ROWS]


def svc_of(images, truth):
    """Fit what most tutorials end with."""
    begin = time.perf_counter()
    if images.shape[1] == 64:
        svc = SVC(gamma=0.001, C=10).fit(images[100:], truth[100:])
    else:
        svc = SVC(C=10, gamma=0.025 / 255**2).fit(images[100:], truth[100:])
    print(f"SVC fitted on {len(images) - 100:,} rows in {time.perf_counter() - begin:.0f} s")
    return svc


def script_of(path, rows):
    """Write what wrk shall post: the path."""
    body = json.dumps({"instances": rows.tolist()}).replace("]]", "] ]")
    head = 'wrk.method = "POST"\nwrk.path = "/prediction"\nwrk.headers["Content-Type"] = "application/json"\n'
    path.write_text(f"{head}wrk.body = [[{body}]]\n", encoding="utf-8")
    return path


def start(rival, folder, args, where, images):
    """Install a rival if need be, write its application, start it and wait for its first answer."""
    python = sys.executable
    place = folder / str(rival.port)
    place.mkdir()
    if rival.venv:
        python = args.venvs / rival.venv / "bin" / "python"
        if not python.exists():
            subprocess.run([sys.executable, "-m", "venv", args.venvs / rival.venv], check=True)
            needed = ["-r", ROOT / "requirements.txt", *rival.packages]
            subprocess.run([python, "-m", "pip", "install", "-q", *needed], check=True)
        fill = {"workers": rival.workers, "port": rival.port}
        text = rival.app.format(**fill) if rival.venv in ("litserve", "bentoml") else rival.app
        (place / "app.py").write_text(text, encoding="utf-8")
        of = OF_SVC if args.table == "b" else OF_OURS
        (place / "model.py").write_text(of.format(**where), encoding="utf-8")
    command = rival.command.format(python=python, bin=Path(python).parent, port=rival.port, name=args.model)
    with (place / "log").open("w") as log:
        begin = time.perf_counter()
        rival.process = subprocess.Popen(
            command.split(), cwd=place, stdout=log, stderr=log, start_new_session=True, env=quiet_environment()
        )
    question = {"instances": images[:1].tolist()}
    while True:
        try:
            answer = requests.post(f"http://127.0.0.1:{rival.port}/prediction", json=question, timeout=5)
            if answer.ok:
                break
            reason = answer.text[:300]
        except requests.RequestException as error:
            reason = str(error)
        if rival.process.poll() is not None or time.perf_counter() - begin > 120:
            raise SystemExit(f"{rival.name} does not answer: {reason}\n{(place / 'log').read_text()[-2000:]}")
        time.sleep(0.05)
    rival.cold = time.perf_counter() - begin
    rival.memory = memory_of(rival.process.pid)


def quiet_environment():
    """Return the environment without proxies, and with nothing that phones home."""
    kept = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    return {**kept, "BENTOML_DO_NOT_TRACK": "True", "LITSERVE_LOG_LEVEL": "ERROR"}


def memory_of(pid):
    """Return the memory of a process and all below it in MB, each shared page counted once."""
    below, total = [str(pid)], 0
    for one in below:
        below += subprocess.run(["pgrep", "-P", one], capture_output=True, text=True, check=False).stdout.split()
        try:
            total += int(re.search(r"Pss:\s+(\d+)", Path(f"/proc/{one}/smaps_rollup").read_text())[1])
        except (OSError, TypeError):
            continue  # it has ended
    return total / 1000


def installed(venv):
    """Return what the packages of a virtual environment take on the disk, in MB."""
    out = subprocess.run(["du", "-sk", venv / "lib"], capture_output=True, text=True, check=True).stdout
    return int(out.split()[0]) / 1000


def ask(port, connections, script, seconds):
    """Ask as fast as answers come: requests a second, median and 99th percentile in ms."""
    out = subprocess.run(
        [
            "wrk",
            "-t1",
            f"-c{connections}",
            f"-d{seconds}",
            "--timeout",
            "20",
            "--latency",
            "-s",
            script,
            f"http://127.0.0.1:{port}",
        ],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    if "Non-2xx" in out or "Socket errors" in out:
        print(f"  port {port}: {re.search('(Non-2xx|Socket errors).*', out)[0]}")
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", out)[1])
    return rate, *(milliseconds(re.search(rf"{share}%\s+(\S+)", out)[1]) for share in (50, 99))


def milliseconds(text):
    """Read a time of wrk's; not a number if nothing was answered."""
    match = re.fullmatch(r"([\d.]+)(us|ms|s|m)", text)
    return float(match[1]) * {"us": 0.001, "ms": 1, "s": 1000, "m": 60_000}[match[2]] if match else float("nan")


def tell(chosen, rows, connections):
    """Print a block: each rival's medians, and each of ours against the best other with as many workers."""
    key = (rows, connections)
    print(f"\n{rows} instance{'s' * (rows > 1)} a request, {connections} connection{'s' * (connections > 1)}")
    for rival in chosen:
        rate, half, nearly_all = (
            statistics.median([value for value in values if value == value] or [float("nan")])
            for values in zip(*rival.results[key], strict=True)
        )
        line = f"  {rival.name:28} {rate:8.0f} requests/s   p50 {half:7.2f} ms   p99 {nearly_all:7.2f} ms"
        others = [other for other in chosen if other.venv and other.workers == rival.workers]
        if not rival.venv and others:
            ratios = [
                statistics.median(
                    mine[0] / max(its[0], 0.1) for mine, its in zip(rival.results[key], other.results[key], strict=True)
                )
                for other in others
            ]
            line += f"   {min(ratios):.2f} of the best other"
        print(line, flush=True)


def stop(rival):
    """Stop a rival and all below it."""
    if rival.process:
        os.killpg(rival.process.pid, signal.SIGTERM)
        try:
            rival.process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(rival.process.pid, signal.SIGKILL)


if __name__ == "__main__":
    main()
