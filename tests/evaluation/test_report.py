import json
import re
from dataclasses import replace
from functools import partial
from html import unescape

import numpy as np
import pytest

from recognition.data import sources
from recognition.data.dataset import split
from recognition.data.sources import Source
from recognition.evaluation import confusions, curves, report
from recognition.evaluation.comparison import Comparison
from recognition.evaluation.record import Split, TrainingRecord
from recognition.evaluation.scores import answer, score
from recognition.evaluation.validation import validate
from recognition.inference import artifact
from recognition.inference.reading import data_url
from recognition.inference.recognizer import assemble
from recognition.learning import recipes
from recognition.serving.application import build_application
from recognition.serving.pages import style_hash

NAMES = {"0": "<script>alert(1)</script>", "1": '"quoted"', "2": "a&b"}


@pytest.fixture(scope="module")
def written(project):
    """The report of load_digits, and the card of its model."""
    folder = project / "model"
    card = json.loads((folder / "digits.json").read_text(encoding="utf-8"))
    return (folder / "digits.html").read_text(encoding="utf-8"), card


@pytest.fixture(scope="module")
def nasty():
    """A training on three digits with nasty names, with a search and with distorted copies to show."""
    digits = sources.digits()
    few = digits.take(np.flatnonzero(np.isin(digits.labels, list(NAMES)))[:240])
    few = replace(few, labels=np.array([NAMES[label] for label in few.labels]))
    few = replace(few, labels=np.where(np.arange(len(few)) % 9 == 4, NAMES["1"], few.labels))  # some are wrong
    training, test = split(few, 0.3, seed=0)
    recipe = recipes.choose((8, 8), len(training), 3)
    estimator = recipe.estimator((8, 8), 16, len(training)).fit(training.rows, training.labels)
    validation, blocks = validate(estimator, training, False, 0)
    recognizer = assemble(estimator, training, validation, 0)
    answers = answer(recognizer, test)
    scores = score(answers)
    record = TrainingRecord(
        data=Split(Source(few, None, ["<b>bad.png</b>: is damaged"]), training, test, "somehow", "0"),
        recipe=recipe,
        search=curves.search(recipe, training, seed=0),
        validation=validation,
        blocks=blocks,
        curve=curves.learning_curve(estimator, training, seed=0),
        answers=answers,
        scores=scores,
        training_scores=scores,
        distorted=(training.images[:4], training.images[4:8]),
    )
    return record, recognizer


CARD = {
    "name": "nasty",
    "date": "2026-01-02T03:04:05+00:00",
    "command": "python training.py --data /home/ann/my pictures",
    "data": {"name": "<i>", "digest": "0"},
    "shape": [8, 8],
    "range": [0, 16],
    "recipe": {"name": "fast"},
    "fitted_on": "rows",
    "seconds": 1,
    "seed": 0,
    "versions": {"python": "3"},
    "file": "f",
    "sha256": "0",
}


def text(html):
    """Give the words of a page."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<style>.*?</style>|<[^>]+>", " ", html, flags=re.S)))


def test_the_figures_are_those_of_the_card(written):
    html, card = written
    words, scores = text(html), card["scores"]
    low, high = (f"{100 * bound:.2f} %" for bound in scores["test"]["interval"])
    assert f"{100 * scores['test']['accuracy']:.2f} % " in words
    assert f"{low} to {high} with 95 %" in words
    for part in ("validation", "contiguous_folds"):
        mean, deviation = scores[part]["accuracy"], scores[part]["standard_deviation"]
        assert f"{100 * mean:.2f} % {100 * deviation:.2f} % 10" in words
    assert f"{100 * scores['test']['refused'] / 360:.2f} %" in words
    assert all(f"{label} {count} " in words for label, count in card["data"]["counts"].items())
    assert card["sha256"] in words
    assert card["command"] in words


def test_every_cell_of_errors_leads_to_its_pictures(nasty):
    record, _ = nasty
    answers, html = record.answers, report.render(record, CARD)
    cells = {
        anchor: (unescape(truth), unescape(given), int(count))
        for truth, given, anchor, count in re.findall(
            r'title="([^"]*) taken for ([^"]*): [^"]*"><a href="#(taken-[^"]+)">(\d+)</a>', html
        )
    }
    assert sorted(cells.values()) == sorted(record.scores.confusions)
    assert len(cells) > 1
    groups = re.findall(r'<li id="(taken-[^"]+)">(.*?)</ol>', html, re.DOTALL)
    assert {anchor for anchor, _ in groups} == cells.keys()
    for anchor, group in groups:
        truth, given, count = cells[anchor]
        rows = [row for row in answers.misread if (answers.truth[row], answers.predicted[row]) == (truth, given)]
        pictures = re.findall(r'<img class="seen" src="([^"]+)"', group)
        assert pictures == [data_url(record.data.test.images[row], 16) for row in rows]
        assert len(pictures) == count


def test_a_cell_on_the_diagonal_leads_to_samples_of_the_class(nasty):
    html = report.render(nasty[0], CARD)
    cells = re.findall(r'title="([^"]*) taken for \1: [^"]*"><a href="#(class-\d+)">', html)
    assert [unescape(name) for name, _ in cells] == nasty[0].scores.classes
    for name, anchor in cells:
        assert f'<tr id="{anchor}"><th scope="row">{name}</th>' in html


def test_of_many_errors_some_of_each_confusion_are_shown_with_the_total(nasty, monkeypatch):
    record, _ = nasty
    kinds, total = len(record.scores.confusions), record.scores.total - record.scores.correct
    assert kinds < total
    monkeypatch.setattr(confusions, "MOST_PICTURES", kinds)
    html = report.render(record, CARD)
    assert html.count('<img class="seen"') == html.count('<li id="taken-') == kinds
    told = f"{total} test images were misread; here are {kinds}, the most confident of each confusion."
    assert told in text(html)


def test_the_matrix_has_sums_and_shares(nasty):
    record, scores = nasty[0], nasty[0].scores
    words = text(re.search(r'<table class="matrix.*?</table>', report.render(record, CARD), re.DOTALL)[0])
    answers = " ".join(str(count) for count in scores.confusion.sum(axis=0))
    assert f"answers {answers} {scores.total} " in words
    assert "precision, % " + " ".join(f"{100 * share:.0f}" for share in scores.precision) in words
    for support, recall in zip(scores.support, scores.recall, strict=True):
        assert f" {support} {100 * recall:.1f} " in words
    assert "answer → " in words
    assert "right class → " in words


def test_not_sure_is_told_by_class(nasty):
    record = nasty[0]
    words = text(report.render(record, CARD))
    for label, *shares, support, refused in record.scores.per_class:
        assert " ".join([label, *(f"{share:.4f}" for share in shares), str(refused), str(support)]) in words


def test_to_answer_always_with_the_largest_class_is_the_least_to_beat(nasty):
    record = nasty[0]
    labels, counts = np.unique(record.data.training.labels, return_counts=True)
    largest = labels[counts.argmax()]
    share = (record.data.test.labels == largest).mean()
    told = f"To answer always with the largest class, {largest}, would be right on {100 * share:.2f} %."
    assert told in text(report.render(record, CARD))


def test_the_right_label_among_the_likeliest_is_told_where_there_are_more_classes(written, nasty):
    assert "right label among the likeliest 3" in text(written[0])
    assert "among the likeliest" not in text(report.render(nasty[0], CARD))


def test_the_model_that_it_replaces_is_named_where_there_is_one(nasty):
    comparison = Comparison("2026-01-02T03:04:05+00:00", 60, 62, 72, 3, 1)
    words = text(report.render(replace(nasty[0], comparison=comparison), CARD))
    assert "(2026-01-02 03:04 UTC) had 60 of these 72 test images right." in words
    assert "it replaces" not in text(report.render(nasty[0], CARD))


def test_one_part_held_out_is_a_sentence_without_a_table(nasty):
    record = nasty[0]
    once = replace(record.validation, accuracies=np.array([0.875]))
    words = text(report.render(replace(record, validation=once, blocks=None), CARD))
    assert "87.50 % of 168 images, held out once and chosen at random, are right." in words
    assert "deviation folds" not in words


def test_the_learning_curve_says_what_it_was_drawn_on(nasty):
    record = nasty[0]
    assert "Drawn over all 168 images of the training part." in text(report.render(record, CARD))
    some = replace(record.curve, drawn=100)
    words = text(report.render(replace(record, curve=some), CARD))
    assert "Drawn over 100 of the 168 images of the training part, chosen at random." in words


def test_names_are_escaped_everywhere(nasty):
    html = report.render(nasty[0], CARD)
    assert "<script" not in html
    assert not re.search(r"<[bi]>", html)
    assert html.count("&lt;script&gt;") > 5
    for value in re.findall(r'(?:alt|title|aria-label)="([^"]*)"', html):
        assert "<" not in value


def test_nothing_is_loaded_from_elsewhere(written, nasty):
    for html in (written[0], report.render(nasty[0], CARD)):
        assert not re.search(r"https?:|//|@import|<script|<link(?! rel=\"icon\" href=\"data:)", html.split("<body>")[0])
        sources = re.findall(r'(?:src|href)="([^"]+)"', html)
        assert all(source.startswith(("data:", "#")) for source in sources)
        assert " style=" not in html


def test_a_search_a_strip_and_what_was_skipped_are_shown(nasty):
    words = text(report.render(nasty[0], CARD))
    assert "C ↓ gamma →" in words
    assert "what they were distorted to" in words
    assert "<b>bad.png</b>: is damaged" in words


def test_the_folders_of_the_machine_are_not_told(nasty):
    words = text(report.render(nasty[0], CARD))
    assert "/home/ann" not in words
    assert "python training.py --data .../my pictures" in words


def test_colour_pictures_are_reduced(nasty):
    rng = np.random.default_rng(0)
    record = nasty[0]
    test = record.data.test
    test = replace(test, images=rng.integers(0, 255, (len(test), 128, 128, 3)).astype(np.uint8), full=255)
    html = report.render(replace(record, data=replace(record.data, test=test), distorted=None), CARD)
    assert "data:image/jpeg" in html
    assert len(html) < 500_000


FACTS = {key: CARD[key] for key in ("command", "data", "recipe", "fitted_on", "seconds", "seed")}


def test_a_report_goes_with_its_model(nasty, tmp_path):
    record, recognizer = nasty
    path = artifact.save(recognizer, FACTS, "nasty", tmp_path)
    assert artifact.save_report(path, partial(report.render, record)) == tmp_path / "nasty.html"
    model = artifact.load("nasty", tmp_path)
    assert model.report == (tmp_path / "nasty.html").read_text(encoding="utf-8")
    http = build_application(lambda: model).test_client()
    answer = http.get("/report")
    assert (answer.status_code, answer.mimetype, answer.text) == (200, "text/html", model.report)
    assert style_hash(model.report) in answer.headers["Content-Security-Policy"]
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    (tmp_path / "nasty.html").write_text("of another training", encoding="utf-8")
    assert artifact.load("nasty", tmp_path).report is None
    artifact.save(recognizer, FACTS, "nasty", tmp_path)
    assert artifact.load("nasty", tmp_path).report is None
    assert not (tmp_path / "nasty.html").exists()


def all_right(answers):
    """Answers of which each is right and certain."""
    certain = (answers.classes == answers.truth[:, None]).astype(float)
    return replace(answers, probabilities=certain, recognized=np.ones(len(certain), bool))


def all_refused(answers):
    """Answers of which each is wrong and "not sure"."""
    wrong = np.roll(answers.classes == answers.truth[:, None], 1, axis=1).astype(float)
    return replace(answers, probabilities=wrong, recognized=np.zeros(len(wrong), bool))


def few(answers):
    """The first answer alone."""
    return replace(
        answers,
        truth=answers.truth[:1],
        probabilities=answers.probabilities[:1],
        recognized=answers.recognized[:1],
    )


@pytest.mark.parametrize("change", [all_right, all_refused, few], ids=lambda change: change.__name__)
def test_a_report_is_written_whatever_the_answers_are(nasty, change):
    record = nasty[0]
    answers = change(record.answers)
    html = report.render(replace(record, answers=answers, scores=score(answers)), CARD)
    assert html.count('<svg class="plot"') == 3


@pytest.mark.parametrize("shares", [[1, 1, 1], [0, 0, 0], [0, 0, 1], [1 - 1e-12, 1, 1]])
@pytest.mark.parametrize("rows", [[100], [50, 100]])
def test_a_learning_curve_is_drawn_whatever_it_is(nasty, shares, rows):
    validation = np.array([shares] * len(rows), dtype=float)
    curve = replace(nasty[0].curve, rows=rows, training=np.ones_like(validation), validation=validation)
    html = report.render(replace(nasty[0], curve=curve), CARD)
    assert html.count('<svg class="plot"') == 3
    assert "nan" not in html
