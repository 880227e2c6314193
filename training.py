"""Train a recognizer and save it into model/.

example:
  python training.py
  python training.py --data mnist/
  python training.py --data train.csv --name mine --quick
"""

from recognition.console import as_exit_code, stop_at_once

if __name__ == "__main__":
    stop_at_once("training.py")

import os
import shlex
import sys
import time
from dataclasses import replace

from recognition.data import sources
from recognition.engine import connect
from recognition.errors import RecognitionError
from recognition.evaluation import curves, summary
from recognition.evaluation.comparison import compare
from recognition.evaluation.record import TrainingRecord, card_facts, split_source
from recognition.evaluation.report import render
from recognition.evaluation.scores import answer, score
from recognition.evaluation.validation import sample, validate
from recognition.inference import artifact
from recognition.inference.recognizer import assemble
from recognition.learning import recipes
from recognition.learning.ensemble import augmentations
from recognition.learning.fitting import completed, extract_once, fit
from recognition.options import Parser, lookalikes, positive, seed, share


@as_exit_code("training.py")
def main(argv=None):
    """Train as the command line says, and write the report; return the exit code."""
    args = parse(argv)
    sys.stdout.reconfigure(encoding="utf-8")
    args.command = shlex.join(["python", "training.py", *(sys.argv[1:] if argv is None else argv)])
    # What can fail before any work shall not fail after it.
    artifact.check_folder()
    if args.name:
        artifact.check_name(args.name)
    if args.recipe:
        recipes.check_name(args.recipe)
    with connect(args.engine, args.jobs) as engine:
        try:
            record, path, name = train(args, engine)
        except KeyboardInterrupt as error:
            raise RecognitionError("stopped; the earlier model is untouched") from error
    try:
        if not (args.quick or args.no_report):
            print(f"Report      {artifact.save_report(path, lambda card: render(record, card))}")
    finally:  # the model is saved, whatever becomes of its report
        print(f"Next        python server.py{'' if name == 'digits' else f' -m {name}'}")
    return 0


def train(args, engine):
    """Go through the steps of the craft, printing what each finds; return the record, the model and its name."""

    def tell(*texts):
        print(*texts, *summary.elsewhere(engine.pop_work_done()), sep="\n", flush=True)

    # Get the data, and put a test part aside that nothing looks at before the end.
    source = sources.load(args.data, args.repeat_last, engine, args.kind, args.merge)
    data = split_source(source, args.test_size, args.seed)
    training, name = data.training, args.name or artifact.plain_name(data.training.name)
    tell(summary.data(data))

    # Choose the recipe: what turns an image into numbers, and what separates those.
    recipe, search = curves.choose(training, args.recipe, args.tune, args.seed, engine)
    estimator = recipe.estimator(training.shape, training.full, len(training), args.seed)
    tell(summary.recipe(recipe, training, args.recipe, search))

    # Extract what learns from no label and costs most once, for all that follows.
    started = time.perf_counter()
    steps, unfitted, features = extract_once(estimator, training, engine)
    extracting = time.perf_counter() - started

    # Validate on rows held out of the training part, and see what more of them would bring.
    validation, blocks = validate(unfitted, features, args.quick, args.seed, engine)
    tell(summary.validation(validation, blocks))
    curve = None if args.quick else curves.learning_curve(unfitted, features, args.seed, engine)
    if curve:
        tell(summary.wrapped("Learning", summary.learning(curve)))

    # Fit. How sure it may be is learnt from the held-out rows, what to refuse from synthetic negatives.
    started = time.perf_counter()
    fitted = fit(unfitted, features, engine)
    seconds = extracting + time.perf_counter() - started
    estimator = completed(steps, fitted)
    recognizer = assemble(estimator, training, validation, args.seed, data.source.refused)

    # Evaluate on the test part, once.
    answers = answer(recognizer, data.test, engine)
    learnt = answer(replace(recognizer, estimator=fitted), sample(features, args.seed), engine)
    scores, training_scores = score(answers), score(learnt)
    comparison = compare(answers, data.test.digest, artifact.saved_card(name))
    tell(summary.scores(scores, training_scores), "", summary.standing(answers, comparison))

    # Save. The model is not fitted again on all rows: what is served is what was measured.
    copies = augmentations(estimator, training, args.seed)
    record = TrainingRecord(
        data, recipe, search, validation, blocks, curve, answers, scores, training_scores, copies, comparison
    )
    path = artifact.save(recognizer, card_facts(record, recognizer.normalizer, seconds, args.seed, args.command), name)
    print(f"\nModel       {path} ({path.stat().st_size / 1e6:.1f} MB, fitted in {seconds:.1f} s)", flush=True)
    return record, path, name


def parse(argv):
    """Read the command line."""
    parser = Parser(__doc__)
    option, number = parser.add_argument, {"type": positive, "metavar": "N"}
    option(
        "--data",
        nargs="+",
        action="extend",
        metavar="PATH",
        help="digits, a CSV, a folder of IDX files or of pictures to learn from; several are joined (default: digits)",
    )
    option("--name", help="name of the model (default: that of the first data)")
    option("--recipe", metavar="NAME", help=f"recipe to use: {', '.join(recipes.NAMES)} (default: what suits the data)")
    option("--kind", choices=("characters", "pictures"), help="what pictures are of (default: what their labels say)")
    option("--merge", type=lookalikes, default=[], metavar="CLASSES", help="look-alikes to join, such as oO0,1lI")
    option("--test-size", type=share, default=0.2, help="share of the data to test on (default: %(default)s)")
    option("--seed", type=seed, default=42, help="where all random choices start from (default: %(default)s)")
    option(
        "--jobs",
        **number,
        default=os.cpu_count(),
        help="folds and pictures at a time, or workers of --engine local; no result changes (default: %(default)s)",
    )
    option("--quick", action="store_true", help="validate on one part instead of in folds; no curve and no report")
    option("--no-report", action="store_true", help="write no report beside the model")
    option("--tune", action="store_true", help="look for better parameters first, in a grid around the recipe's")
    option("--repeat-last", **number, default=1, help="how often images of the last data count (default: %(default)s)")
    option("--engine", metavar="URL", help="work on the workers of a Dask scheduler, or local: of one started for this")
    args = parser.parse_args(argv)
    args.data = args.data or ["digits"]
    return args


if __name__ == "__main__":
    raise SystemExit(main())
