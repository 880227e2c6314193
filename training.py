"""Train a recognizer of handwritten digits and save it into model/.

example:
  python training.py
  python training.py --quick --seed 7
"""

import argparse
import os
import shlex
import sys

from recognition import artifact, datasets, evaluation, recipes, summary
from recognition.errors import RecognitionError
from recognition.recognizer import Recognizer, judge
from recognition.svm import Calibration


def main(argv=None):
    """Train as the command line says; give the exit code."""
    args = parse(argv)
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
    name = args.name or args.data
    artifact.check_name(name)  # before any work

    # Get the data, and put a test part aside that nothing looks at before the end.
    data = datasets.load(args.data)
    training, test = datasets.split(data, args.test_size, args.seed)
    print(summary.data(data, training, test, f"stratified, seed {args.seed}"))

    # Choose the recipe: what turns an image into numbers, and what separates those.
    recipe = recipes.choose(data.shape, args.recipe)
    pipeline = recipe.pipeline(data.shape, data.full)
    print(f"Recipe      {recipe.name}: {recipe.in_words}")

    # Validate on rows held out of the training part; --quick makes do with one such part.
    splits = (evaluation.one_part if args.quick else evaluation.shuffled_folds)(training, args.seed)
    validation = evaluation.cross_validate(pipeline, training, splits, args.jobs)
    validated = {}
    if not args.quick:
        splits = evaluation.contiguous_folds(training)
        blocks = evaluation.cross_validate(pipeline, training, splits, args.jobs)
        validated = {"shuffled_folds": validation.as_dict(), "contiguous_folds": blocks.as_dict()}
        print(summary.validation(validation, blocks))

    # Fit. How sure the machine may be it learns from the held-out rows, what to refuse from junk.
    pipeline.fit(training.rows, training.labels)
    junk = [judge(pipeline, rows)[1] for rows in datasets.junk(training, args.seed).values()]
    calibration = Calibration.fit(validation.margins, validation.nearness, validation.truth, junk)
    recognizer = Recognizer(pipeline, calibration, data.shape, data.full)

    # Evaluate on the test part, once.
    scores = evaluation.evaluate(recognizer, test)
    print(summary.scores(scores))

    # Save. The model is not fitted again on all rows: what is served is what was measured.
    facts = {
        "recipe": recipe.parameters,
        "data": {
            "name": data.name,
            "digest": data.digest,
            "counts": data.counts,
            "training": len(training),
            "test": len(test),
        },
        "fitted_on": "the training part alone, so that the test scores are those of this very model",
        "seed": args.seed,
        "command": args.command,
        "scores": {"test": scores.as_dict(), **validated},
    }
    path = artifact.save(recognizer, facts, name)
    print(f"\nModel       {path} ({path.stat().st_size / 1e6:.1f} MB)")
    print(f"Next        python server.py{'' if name == 'digits' else f' -m {name}'}")


def parse(argv):
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    option = parser.add_argument
    option("--data", default="digits", help="what to learn from: digits (default: %(default)s)")
    option("--name", help="name of the model (default: that of the data)")
    option("--recipe", metavar="NAME", help="recipe to use (default: the one that suits the data)")
    option("--test-size", type=share, default=0.2, help="share of the data to test on (default: %(default)s)")
    option("--seed", type=seed, default=42, help="of the split and the folds (default: %(default)s)")
    option(
        "--jobs",
        type=positive,
        default=os.cpu_count(),
        metavar="N",
        help="fits at a time; the result is the same (default: %(default)s, one a core)",
    )
    option("--quick", action="store_true", help="leave out the cross-validation")
    return parser.parse_args(argv)


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
