"""Measure how well the recipes do, on protocols that others publish.

Without a data folder only load_digits is measured. The folder has `mnist/`, `emnist-byclass/` and
`cats_and_dogs_filtered/`, in the forms that the README names.

example:
  python tests/benchmarks/accuracy.py
  python tests/benchmarks/accuracy.py DATA_FOLDER
  python tests/benchmarks/accuracy.py DATA_FOLDER --rows mnist emnist
  python tests/benchmarks/accuracy.py DATA_FOLDER --choose
"""

import argparse
import json
import shutil
import struct
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from functools import partial
from itertools import product
from pathlib import Path

import numpy as np
from joblib import Parallel, delayed
from sklearn.base import clone
from sklearn.model_selection import KFold, StratifiedKFold, train_test_split
from sklearn.svm import SVC

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from recognition.data import sources
from recognition.engine.threads import Threads
from recognition.evaluation.reliability import wilson_interval
from recognition.features.gradients import gradient_histograms
from recognition.inference import artifact
from recognition.learning import recipes
from recognition.learning.svm import KernelSVC

ROOT = artifact.FOLDER.parent
# Where the parameters of the recipe "fast" for small images are looked for.
SMALL_GRID = {"zoom": (2, 3, 4), "cells": (4, 5), "power": (0.5, 0.7), "C": (3, 10), "gamma": (0.35, 0.7)}
# Where those of the recipes for larger images are.
LARGE_GRID = {"C": (1, 3, 10), "gamma": (0.5, 1.0)}


def main(argv=None):
    """Print the table, or the search."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", nargs="?", type=Path, metavar="DATA_FOLDER", help="where the data sets are")
    parser.add_argument("--rows", nargs="+", choices=ROWS, default=list(ROWS), help="of the table to measure")
    parser.add_argument("--choose", action="store_true", help="print the search for the recipes' parameters instead")
    args = parser.parse_args(argv)
    if args.data and not (args.data / "mnist").is_dir():
        parser.error(f"{args.data} has no folder mnist")
    if args.choose:
        choose_small()
        if args.data:
            choose_large(args.data)
    elif args.data:
        with tempfile.TemporaryDirectory() as folder:
            project = Path(folder)
            for part in ("training.py", "recognition"):
                copy = shutil.copytree if (ROOT / part).is_dir() else shutil.copy
                copy(ROOT / part, project / part)
            for row in args.rows:
                ROWS[row](args.data, project)
    else:
        load_digits()


def load_digits(data=None, project=None):
    """Print the accuracy on load_digits under three protocols."""
    digits = sources.digits()
    recipe = recipes.choose(digits.shape, len(digits), 10)
    machines = {
        recipe.name: recipe.estimator(digits.shape, digits.full, len(digits)),
        "SVC(gamma=0.001)": SVC(gamma=0.001),
    }
    rows, labels = digits.rows, digits.labels
    protocols = {
        "train_test_split(test_size=0.3, random_state=42)": [
            train_test_split(np.arange(len(digits)), test_size=0.3, random_state=42)
        ],
        "StratifiedKFold(10, shuffle=True), random_state 0-9": [
            split
            for state in range(10)
            for split in StratifiedKFold(10, shuffle=True, random_state=state).split(rows, labels)
        ],
        "KFold(10), unshuffled": list(KFold(10).split(rows)),
    }
    print(f"{'load_digits':52} {'machine':16} accuracy  95 % interval     seconds")
    for (protocol, splits), (name, machine) in product(protocols.items(), machines.items()):
        start = time.perf_counter()
        accuracy = np.mean([clone(machine).fit(rows[a], labels[a]).score(rows[b], labels[b]) for a, b in splits])
        seconds = time.perf_counter() - start
        # Repetitions ask about the same rows again, so the interval is that of each row asked once.
        asked = len(np.unique(np.hstack([held_out for _, held_out in splits])))
        low, high = wilson_interval(accuracy * asked, asked)
        print(f"{protocol:52} {name:16} {accuracy:8.4f}  {low:.4f} to {high:.4f}  {seconds:7.1f}", flush=True)


def train(project, data, *options):
    """Run `training.py` as a user does.

    Returns
    -------
    card : dict
        Of the model, with "run" (seconds), "peak" (GB) and "size" (MB) added.
    """
    command = [sys.executable, str(project / "training.py"), "--data", str(data), "--name", "model", *options]
    measured = "import resource, subprocess, sys; code = subprocess.call(sys.argv[1:], stdout=subprocess.DEVNULL); "
    measured += "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss); sys.exit(code)"
    start = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", measured, *command], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    card = json.loads((project / "model" / "model.json").read_text(encoding="utf-8"))
    size = (project / "model" / card["file"]).stat().st_size / 1e6
    return card | {"run": time.perf_counter() - start, "peak": int(done.stdout) / 1e6, "size": size}


def report(protocol, cards, model):
    """Print a row of the table: means over the runs, and how long one image takes."""
    accuracy = np.mean([card["scores"]["test"]["accuracy"] for card in cards])
    total = sum(card["scores"]["test"]["total"] for card in cards)
    low, high = wilson_interval(accuracy * total, total)
    row = np.full((1, int(np.prod(model.recognizer.shape))), model.recognizer.full / 2)
    row[0, ::3] = 0
    times = []
    for _ in range(30):
        start = time.perf_counter()
        model.recognizer.predict(row)
        times.append(time.perf_counter() - start)
    print(
        f"{protocol:44} {cards[0]['recipe']['name']:7} {accuracy:.4f}  {low:.4f} to {high:.4f}  "
        f"fit {np.mean([card['seconds'] for card in cards]):6.1f} s  run {max(card['run'] for card in cards):6.1f} s  "
        f"peak {max(card['peak'] for card in cards):4.1f} GB  model {cards[0]['size']:5.1f} MB  "
        f"one image {1e3 * np.median(times):5.1f} ms",
        flush=True,
    )


def write_idx(folder, images, labels, part):
    """Write images and labels as IDX files."""
    folder.mkdir(exist_ok=True)
    for kind, array in (("images-idx3", images), ("labels-idx1", labels)):
        header = bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
        (folder / f"{part}-{kind}-ubyte").write_bytes(header + array.tobytes())


def kaggle(data, project):
    """Print the accuracy on 42,000 of MNIST's 70,000 digits, as many as Kaggle's competition has."""
    source = sources.load([str(data / "mnist")])
    images = np.concatenate([source.training.images, source.test.images])
    labels = np.concatenate([source.training.labels, source.test.labels]).astype(np.uint8)
    cards = []
    for seed in range(3):
        chosen = np.random.default_rng(seed).permutation(70_000)[:42_000]
        fit, test = train_test_split(chosen, test_size=0.2, random_state=0)
        write_idx(project / "kaggle", images[fit], labels[fit], "train")
        write_idx(project / "kaggle", images[test], labels[test], "t10k")
        cards.append(train(project, project / "kaggle"))
    report("42,000 digits 80/20, mean of seeds 0-2", cards, artifact.load("model", project / "model"))


def mnist(data, project):
    """Print the accuracy on MNIST by the default recipe and by "fast", and the time of its 10,000 test images."""
    test = sources.load([str(data / "mnist")]).test
    for options in ([], ["--recipe", "fast"]):
        card = train(project, data / "mnist", *options)
        model = artifact.load("model", project / "model")
        report("MNIST 60,000/10,000", [card], model)
        print("    published: 0.9963 by learning without back-propagation, 0.9957 by scattering and an SVM")
        start = time.perf_counter()
        model.recognizer.predict(test.rows)
        print(f"    10,000 predictions, features included: {time.perf_counter() - start:.2f} s", flush=True)


def by_default(folder, protocol, published, data, project):
    """Print the accuracy of the default recipe on data with a test part of its own, and what others publish."""
    card = train(project, data / folder)
    report(protocol, [card], artifact.load("model", project / "model"))
    print(f"    published: {published}", flush=True)


def linear(data, project):
    """Print how the time of the recipe "linear" grows, from 25,000 to 100,000 characters of EMNIST."""
    source = sources.load([str(data / "emnist-byclass")])
    codes = np.unique(source.training.labels, return_inverse=True)[1].astype(np.uint8)
    test_codes = np.searchsorted(np.unique(source.training.labels), source.test.labels).astype(np.uint8)
    cards = []
    for rows in (25_000, 100_000):
        write_idx(project / "linear", source.training.images[:rows], codes[:rows], "train")
        write_idx(project / "linear", source.test.images, test_codes, "t10k")
        cards.append(train(project, project / "linear", "--recipe", "linear"))
        report(f"EMNIST ByClass {rows:,}/8,000", cards[-1:], artifact.load("model", project / "model"))
    print(f"    fit of 100,000 rows / fit of 25,000 rows: {cards[1]['seconds'] / cards[0]['seconds']:.1f}", flush=True)


def pairs(data, project):
    """Print how the fast SVC compares with scikit-learn's on MNIST: values, labels, time."""
    source = sources.load([str(data / "mnist")])
    recipe = recipes.choose((28, 28), 60_000, 10, "fast")
    pipeline = recipe.estimator((28, 28), 255, 60_000).fit(source.training.rows, source.training.labels)
    ours = pipeline[-1]
    features, test = (pipeline[:-1].transform(part.rows) for part in (source.training, source.test))
    theirs = SVC(C=ours.C, gamma=ours.gamma_, decision_function_shape="ovo", cache_size=1000)
    theirs.fit(features, source.training.labels)
    start = time.perf_counter()
    labels = theirs.predict(test)
    seconds = time.perf_counter() - start
    start = time.perf_counter()
    decisions, _ = ours.decide(test)
    print(
        f"    scikit-learn's SVC.predict {seconds:.1f} s, ours {time.perf_counter() - start:.2f} s on the same features"
    )
    values = ours.one_vs_one(test)
    print(f"    largest difference of one-vs-one values: {np.abs(values - theirs.decision_function(test)).max():.1e}")
    first, second = np.triu_indices(10, k=1)
    votes = np.zeros((len(test), 10))
    for winner, won in ((first, values > 0), (second, values <= 0)):
        np.add.at(votes.T, winner, won.T)
    voted = ours.classes_[votes.argmax(axis=1)]
    tied = (votes == votes.max(axis=1, keepdims=True)).sum(axis=1) > 1
    print(f"    labels by votes differ in rows {np.flatnonzero(voted != labels).tolist()}", end="; ")
    print(f"ties of votes in rows {np.flatnonzero(tied).tolist()}")
    print(f"    labels as served differ from votes in {(ours.classes_[decisions.argmax(axis=1)] != labels).mean():.2%}")


ROWS = {
    "load_digits": load_digits,
    "kaggle": kaggle,
    "mnist": mnist,
    "emnist": partial(by_default, "emnist-byclass", "EMNIST ByClass 100,000/8,000", "0.8649 by a CNN of 697,932"),
    "pets": partial(by_default, "cats_and_dogs_filtered", "cats and dogs 2,000/1,000", "0.82 by a CNN"),
    "linear": linear,
    "pairs": pairs,
}


def print_search(grid, combinations, results):
    """Print accuracies, best first."""
    print("   mean  each protocol    " + "  ".join(grid))
    for accuracies, combination in sorted(zip(results, combinations, strict=True), key=lambda pair: -np.mean(pair[0])):
        values = "  ".join(f"{value:>{len(name)}}" for name, value in zip(grid, combination, strict=True))
        print(f"{np.mean(accuracies):7.4f}  {' '.join(f'{value:7.4f}' for value in accuracies)}  {values}", flush=True)


def choose_small():
    """Search the grid for small images, on folds of load_digits that `load_digits` does not use."""
    digits = sources.digits()
    rows, labels = digits.rows, digits.labels
    shuffled = [
        split
        for state in (100, 101, 102)
        for split in StratifiedKFold(5, shuffle=True, random_state=state).split(rows, labels)
    ]
    blocks = list(KFold(7).split(rows))

    def tried(zoom, cells, power, C, gamma):
        features = gradient_histograms(rows, shape=digits.shape, full=digits.full, zoom=zoom, cells=cells, power=power)
        machine = KernelSVC(C=C, gamma=gamma)
        return [
            np.mean([clone(machine).fit(features[a], labels[a]).score(features[b], labels[b]) for a, b in splits])
            for splits in (shuffled, blocks)
        ]

    combinations = list(product(*SMALL_GRID.values()))
    print("Small images: load_digits, shuffled folds and blocks")
    print_search(SMALL_GRID, combinations, Parallel(n_jobs=-1)(delayed(tried)(*each) for each in combinations))


def choose_large(data):
    """Search C and gamma of the recipes for larger images, on rows of the training parts alone."""
    for folder, name, fitted, judged in (
        ("mnist", "best", 10_000, 40_000),
        ("emnist-byclass", "many", 20_000, 20_000),
        ("cats_and_dogs_filtered", "best", 1_500, 500),
    ):
        training = sources.load([str(data / folder)], engine=Threads(-1)).training
        rows = np.random.default_rng(100).permutation(len(training))[: fitted + judged]
        fit, judge = (training.take(part) for part in np.split(rows, [fitted]))
        recipe = recipes.choose(training.shape, fitted, len(training.counts), name)
        results = []
        combinations = list(product(*LARGE_GRID.values()))
        for C, gamma in combinations:
            tried = replace(recipe, options={"C": C, "gamma": gamma})
            estimator = tried.estimator(training.shape, training.full, fitted).fit(fit.rows, fit.labels)
            results.append([estimator.score(judge.rows, judge.labels)])
        print(f"{folder}, recipe {name}, now {recipe.options}: {fitted:,} rows judged on {judged:,} others")
        print_search(LARGE_GRID, combinations, results)


if __name__ == "__main__":
    main()
