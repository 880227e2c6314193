"""Measure how well the recipes do, on protocols that others publish.

example:
  python tests/benchmarks/accuracy.py
  python tests/benchmarks/accuracy.py --choose
"""

import argparse
import sys
import time
from itertools import product
from pathlib import Path

import numpy as np
from joblib import Parallel, delayed
from sklearn.base import clone
from sklearn.model_selection import KFold, StratifiedKFold, train_test_split
from sklearn.svm import SVC

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from recognition import datasets, recipes
from recognition.features import gradient_histograms
from recognition.intervals import wilson_interval
from recognition.svm import KernelSVC

# Where the parameters of the recipe "small" are looked for.
GRID = {"zoom": (2, 3, 4), "cells": (4, 5), "power": (0.5, 0.7), "C": (3, 10), "gamma": (0.35, 0.7)}


def main(argv=None):
    """Print the table, or the search."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--choose", action="store_true", help="print the search for the recipe's parameters")
    args = parser.parse_args(argv)
    choose() if args.choose else measure()


def measure():
    """Print the accuracy of the recipe on load_digits under three protocols."""
    digits = datasets.digits()
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
        print(f"{protocol:52} {name:16} {accuracy:8.4f}  {low:.4f} to {high:.4f}  {seconds:7.1f}")


def choose():
    """Print the accuracy of each combination of the grid, on folds that `measure` does not use."""
    digits = datasets.digits()
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
            np.mean(
                [
                    clone(machine).fit(features[fit], labels[fit]).score(features[test], labels[test])
                    for fit, test in splits
                ]
            )
            for splits in (shuffled, blocks)
        ]

    combinations = list(product(*GRID.values()))
    results = Parallel(n_jobs=-1)(delayed(tried)(*combination) for combination in combinations)
    print("   mean shuffled   blocks  " + "  ".join(GRID))
    for accuracies, combination in sorted(zip(results, combinations, strict=True), key=lambda pair: -np.mean(pair[0])):
        values = "  ".join(f"{value:>{len(name)}}" for name, value in zip(GRID, combination, strict=True))
        print(f"{np.mean(accuracies):7.4f}  {accuracies[0]:7.4f}  {accuracies[1]:7.4f}  {values}")


if __name__ == "__main__":
    main()
