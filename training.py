"""Train a recognizer and save it into model/.

example:
  python training.py
  python training.py --data mnist/
  python training.py --data train.csv --name mine --quick
"""

from recognition.console import as_exit_code, stop_at_once

if __name__ == "__main__":
    stop_at_once("training.py")

import argparse
import os
import shlex
import sys
import time
from dataclasses import asdict, replace
from functools import partial

from recognition.data import sources
from recognition.data.dataset import split
from recognition.engine import connect
from recognition.errors import RecognitionError
from recognition.evaluation import curves, summary
from recognition.evaluation.report import Training, render
from recognition.evaluation.scores import answer, evaluate, score
from recognition.evaluation.validation import sample, validate
from recognition.inference import artifact
from recognition.inference.recognizer import assemble
from recognition.learning import recipes
from recognition.learning.ensemble import augmentations
from recognition.learning.fitting import fit
from recognition.options import positive, seed, share


@as_exit_code("training.py")
def main(argv=None):
    """Train as the command line says, and write the report; return the exit code."""
    args = parse(argv)
    sys.stdout.reconfigure(encoding="utf-8")
    args.command = shlex.join(["python", "training.py", *(sys.argv[1:] if argv is None else argv)])
    if args.name:
        artifact.check_name(args.name)  # before any work
    with connect(args.engine, args.jobs) as engine:
        try:
            training, path, name = train(args, engine)
        except KeyboardInterrupt as error:
            raise RecognitionError("stopped; the model of before is untouched") from error
    try:  # the model is saved, whatever becomes of its report
        if not (args.quick or args.no_report):
            print(f"Report      {artifact.save_report(path, partial(render, training))}")
    finally:
        print(f"Next        python server.py{'' if name == 'digits' else f' -m {name}'}")
    return 0


def train(args, engine):
    """Go through the steps of the craft, telling what comes out of each; return it, and where the model is."""

    def tell(*texts):
        print(*texts, *summary.elsewhere(engine.pop_work_done()), sep="\n", flush=True)

    # Get the data, and put a test part aside that nothing looks at before the end.
    source = sources.load(args.data, args.repeat_last, engine, args.kind)
    training, test = source.training, source.test
    how = "the data brings its test part, so --test-size has no say"
    if test is None:
        training, test = split(training, args.test_size, args.seed)
        how = f"stratified, seed {args.seed}"
    name = args.name or artifact.plain_name(training.name)
    tell(summary.data(source, training, test, how))
    digest = source.training.digest  # of what was there then

    # Choose the recipe: what turns an image into numbers, and what separates those.
    recipe = recipes.choose(training.shape, len(training), len(training.counts), args.recipe)
    search = None
    if args.tune:
        search = curves.search(recipe, training, args.seed, engine)
        recipe = replace(recipe, options={**recipe.options, **search.chosen})
    estimator = recipe.estimator(training.shape, training.full, len(training), args.seed)
    tell(summary.recipe(recipe, training, args.recipe, search))

    # Validate on rows held out of the training part, and see what more of them would bring.
    validation, blocks = validate(estimator, training, args.quick, args.seed, engine)
    tell(summary.validation(validation, blocks))
    curve = None if args.quick else curves.learning_curve(estimator, training, args.seed, engine)
    if curve:
        tell(summary.wrapped("Learning", summary.learning(curve)))

    # Fit. How sure the machine may be it learns from the held-out rows, what to refuse from synthetic negatives.
    started = time.perf_counter()
    estimator = fit(estimator, training, engine)
    seconds = time.perf_counter() - started
    recognizer = assemble(estimator, training, validation, args.seed)

    # Evaluate on the test part, once.
    answers = answer(recognizer, test, engine)
    scores = score(answers)
    known = evaluate(recognizer, sample(training, args.seed), engine)
    tell(summary.scores(scores, known), "", summary.wrapped("Confidence", summary.confidence(answers)))

    # Save. The model is not fitted again on all rows: what is served is what was measured.
    facts = {
        "recipe": recipe.parameters,
        "data": {
            "name": training.name,
            "digest": digest,
            "kind": source.kind,
            "counts": source.training.counts,
            "training": len(training),
            "test": len(test),
            "skipped": len(source.skipped),
        },
        "normalizer": recognizer.normalizer and asdict(recognizer.normalizer),
        "fitted_on": "the training part alone, so that the test scores are those of this very model",
        "seconds": round(seconds, 1),
        "seed": args.seed,
        "command": args.command,
        "scores": {
            "test": scores.as_dict(),
            "training": known.as_dict(),
            "validation": validation.as_dict(),
            **({"contiguous_folds": blocks.as_dict()} if blocks else {}),
            **({"learning_curve": curve.as_dict()} if curve else {}),
        },
    }
    path = artifact.save(recognizer, facts, name)
    print(f"\nModel       {path} ({path.stat().st_size / 1e6:.1f} MB, fitted in {seconds:.1f} s)", flush=True)
    augmented = augmentations(estimator, training, args.seed)
    found = Training(
        source, training, test, how, recipe, validation, blocks, answers, scores, known, curve, search, augmented
    )
    return found, path, name


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
    option(
        "--kind",
        choices=("characters", "pictures"),
        help="of pictures in folders: look for the character on each, or take each whole, in colour (default: "
        "characters where each label is a single letter or digit)",
    )
    option("--test-size", type=share, default=0.2, help="share of the data to test on (default: %(default)s)")
    option("--seed", type=seed, default=42, help="of all chance (default: %(default)s)")
    option(
        "--jobs",
        type=positive,
        default=os.cpu_count(),
        metavar="N",
        help="folds and pictures at a time, or workers of --engine local; the result is the same "
        "(default: %(default)s, one a core)",
    )
    option("--quick", action="store_true", help="validate on one part instead of in folds; no curve and no report")
    option("--no-report", action="store_true", help="write no report beside the model")
    option("--tune", action="store_true", help="look for better parameters first, in a grid around the recipe's")
    option(
        "--repeat-last",
        type=positive,
        default=1,
        metavar="N",
        help="how many times the images of the last data count; of several data, the last is then never tested on "
        "(default: %(default)s)",
    )
    option("--engine", metavar="URL", help="work on the workers of a Dask scheduler, or local: of one started for this")
    args = parser.parse_args(argv)
    args.data = args.data or ["digits"]
    return args


if __name__ == "__main__":
    raise SystemExit(main())
