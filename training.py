"""Train a recognizer and save it into model/.

example:
  python training.py
  python training.py --data mnist/
  python training.py --data train.csv --name mine --quick
"""

import argparse
import os
import shlex
import sys
import time
from dataclasses import asdict

from recognition import artifact, datasets, evaluation, recipes, summary
from recognition.committee import judge
from recognition.errors import RecognitionError
from recognition.imaging.placement import Placement
from recognition.novelty import NoveltyTest
from recognition.recognizer import Recognizer
from recognition.svm import Calibration


def main(argv=None):
    """Train as the command line says; give the exit code."""
    args = parse(argv)
    sys.stdout.reconfigure(encoding="utf-8")
    args.command = shlex.join(["python", "training.py", *(sys.argv[1:] if argv is None else argv)])
    try:
        train(args)
    except RecognitionError as error:
        print(f"training.py: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("training.py: stopped; the model of before is untouched", file=sys.stderr)
        return 1
    return 0


def train(args):
    """Go through the steps of the craft, telling what comes out of each."""
    if args.name:
        artifact.check_name(args.name)  # before any work

    # Get the data, and put a test part aside that nothing looks at before the end.
    source = datasets.load(args.data, args.repeat_last, args.jobs)
    training, test = source.training, source.test
    how = "the data brings its test part, so --test-size has no say"
    if test is None:
        training, test = datasets.split(training, args.test_size, args.seed)
        how = f"stratified, seed {args.seed}"
    name = args.name or artifact.plain_name(training.name)
    print(summary.data(source, training, test, how), flush=True)

    # Choose the recipe: what turns an image into numbers, and what separates those.
    recipe = recipes.choose(training.shape, len(training), len(training.counts), args.recipe)
    estimator = recipe.estimator(training.shape, training.full, len(training), args.seed)
    print(summary.recipe(recipe, training, args.recipe), flush=True)

    # Validate on rows held out of the training part: in folds, or where that costs too much on one part of it.
    folds = not args.quick and evaluation.folds_pay(training)
    splits = (evaluation.shuffled_folds if folds else evaluation.one_part)(training, args.seed)
    validation = evaluation.cross_validate(estimator, training, splits, args.jobs)
    validated = {"validation": validation.as_dict()}
    blocks = None
    if folds and evaluation.comes_mixed(training):
        blocks = evaluation.cross_validate(estimator, training, evaluation.contiguous_folds(training), args.jobs)
        validated["contiguous_folds"] = blocks.as_dict()
    print(summary.validation(validation, blocks), flush=True)

    # Fit. How sure the machine may be it learns from the held-out rows, what to refuse from junk.
    started = time.perf_counter()
    evaluation.fit(estimator, training)
    seconds = time.perf_counter() - started
    junk = [judge(estimator, rows)[1] for rows in datasets.junk(training, args.seed).values()]
    calibration = Calibration.fit(validation.margins, validation.nearness, validation.truth, junk)
    placement = novelty = None
    if len(training.shape) == 2:
        placement = Placement.measure(training.images, training.full)
        novelty = NoveltyTest.fit(estimator, training.images, training.full, args.seed)
    recognizer = Recognizer(estimator, calibration, training.shape, training.full, placement, novelty)

    # Evaluate on the test part, once.
    scores = evaluation.evaluate(recognizer, test)
    learnt = evaluation.evaluate(recognizer, evaluation.sample(training, args.seed))
    print(summary.scores(scores, learnt), flush=True)

    # Save. The model is not fitted again on all rows: what is served is what was measured.
    facts = {
        "recipe": recipe.parameters,
        "data": {
            "name": training.name,
            "digest": source.training.digest,
            "counts": source.training.counts,
            "training": len(training),
            "test": len(test),
            "skipped": len(source.skipped),
        },
        "placement": placement and asdict(placement),
        "fitted_on": "the training part alone, so that the test scores are those of this very model",
        "seconds": round(seconds, 1),
        "seed": args.seed,
        "command": args.command,
        "scores": {"test": scores.as_dict(), "training": learnt.as_dict(), **validated},
    }
    path = artifact.save(recognizer, facts, name)
    print(f"\nModel       {path} ({path.stat().st_size / 1e6:.1f} MB, fitted in {seconds:.1f} s)")
    print(f"Next        python server.py{'' if name == 'digits' else f' -m {name}'}")


def parse(argv):
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    option = parser.add_argument
    option(
        "--data",
        nargs="+",
        action="extend",
        metavar="PATH",
        help="what to learn from: digits, a CSV, a folder of IDX files, a folder of pictures; several are joined "
        "(default: digits)",
    )
    option("--name", help="name of the model (default: that of the first data)")
    option("--recipe", metavar="NAME", help="recipe to use: fast, best, many, linear (default: what suits the data)")
    option("--test-size", type=share, default=0.2, help="share of the data to test on (default: %(default)s)")
    option("--seed", type=seed, default=42, help="of all chance (default: %(default)s)")
    option(
        "--jobs",
        type=positive,
        default=os.cpu_count(),
        metavar="N",
        help="folds and pictures at a time; the result is the same (default: %(default)s, one a core)",
    )
    option("--quick", action="store_true", help="validate on one part instead of in folds")
    option(
        "--repeat-last",
        type=positive,
        default=1,
        metavar="N",
        help="how many times the images of the last data count (default: %(default)s)",
    )
    args = parser.parse_args(argv)
    args.data = args.data or ["digits"]
    return args


def share(text):
    """Read a number between 0 and 1."""
    number = float(text)
    if not 0 < number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and 1")
    return number


def seed(text):
    """Read a seed: a whole number from 0 to 2**32 - 1."""
    number = int(text)
    if not 0 <= number < 2**32:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and {2**32 - 1}")
    return number


def positive(text):
    """Read a whole number above 0."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not above 0")
    return number


if __name__ == "__main__":
    raise SystemExit(main())
