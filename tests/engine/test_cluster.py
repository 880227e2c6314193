import re
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from project import train
from sklearn.base import clone

from recognition.data import sources
from recognition.engine.threads import HERE
from recognition.evaluation import curves
from recognition.evaluation.validation import validate
from recognition.inference import artifact
from recognition.learning import pipelines, recipes
from recognition.learning.ensemble import decide
from recognition.learning.fitting import fit
from recognition.learning.recipes import Recipe

SMALL = {"zoom": 2, "cells": 4}
RECIPES = {
    "together": Recipe("", "small", (SMALL,), "svc", {"C": 10, "gamma": 0.35}),
    "pairs": Recipe("", "small", (SMALL,), "svc", {"C": 10, "gamma": 0.35}, components=20),
    "ensemble": Recipe("", "small", (SMALL, {**SMALL, "deskew": True}), "svc", {"C": 3, "gamma": 0.5}, 20, copies=2),
    "linear": Recipe("", "small", (SMALL,), "nystroem", {"n_components": 200, "gamma": 0.35, "alpha": 0.03}),
    "linear, of components": Recipe("", "small", (SMALL,), "nystroem", {"n_components": 200, "gamma": 0.35}, 20),
    "networks": Recipe("", "small", (SMALL,), "networks", {"units": 64, "components": 20}, copies=1),
}


def test_work_is_done_in_order_and_counted(cluster):
    assert cluster.map("roots", np.sqrt, [9.0, 4.0, 1.0, 0.0] * 5) == [3, 2, 1, 0] * 5
    assert cluster.call("sum", np.sum, cluster.gather("ones", cluster.keep("ones", np.ones, [(2, 3), (1, 3)]))) == 9
    found = cluster.total("powers", np.power, [(n,) for n in range(20)], (2,))
    assert found == (sum(n**2 for n in range(20)),)
    work_done = cluster.pop_work_done()
    counts = {stage: pieces for stage, pieces, _ in work_done}
    assert counts == {"roots": 20, "ones": 5, "sum": 1, "powers": 20}
    assert all(1 <= workers <= 2 for _, _, workers in work_done)
    assert cluster.pop_work_done() == []


@pytest.mark.parametrize("name", RECIPES)
def test_what_a_cluster_fits_answers_the_same(cluster, name, monkeypatch, digits):
    monkeypatch.setattr("recognition.learning.svm.FEW_ROWS", 5000 if name == "together" else 100)
    monkeypatch.setattr("recognition.learning.network.LEAST_ROWS", 2000)
    monkeypatch.setattr(pipelines, "WHOLE", 32)
    estimator = RECIPES[name].estimator(digits.shape, digits.full, len(digits), seed=1)
    here = fit(clone(estimator), digits)
    there = fit(clone(estimator), digits, cluster)
    for mine, its in zip(decide(here, digits.rows), decide(there, digits.rows), strict=True):
        np.testing.assert_allclose(its, mine, atol=1e-6)
    assert any(pieces > 1 for _, pieces, _ in cluster.pop_work_done())


@pytest.mark.parametrize("name", ["linear", "pairs", "together"])
def test_weights_count_there_too(cluster, name, digits):
    weighted = replace(digits, weights=np.arange(len(digits), dtype=np.float32) % 3)
    estimator = RECIPES[name].estimator(digits.shape, digits.full, len(digits))
    here, there = (fit(clone(estimator), weighted, engine) for engine in (HERE, cluster))
    np.testing.assert_allclose(decide(there, digits.rows)[0], decide(here, digits.rows)[0], atol=1e-6)


def test_colour_pictures_have_the_same_features_there(cluster, tmp_path):
    rng = np.random.default_rng(0)
    for label, colour in (("red", 0), ("blue", 2)):
        (tmp_path / label).mkdir()
        for number in range(5):
            light = rng.integers(0, 100, (64, 64, 3), dtype=np.uint8)
            light[..., colour] += 100
            Image.fromarray(light).save(tmp_path / label / f"{number}.png")
    pictures = sources.load([str(tmp_path)], engine=cluster).training
    view = {"gaussians": 2, "pictures": 4, "squares": (1, 0.85)}
    recipe = Recipe("", "colour", (view,), "svc", {"C": 5, "gamma": 0.5}, 5)
    estimator = recipe.estimator(pictures.shape, pictures.full, len(pictures))
    here, there = (fit(clone(estimator), pictures, engine) for engine in (HERE, cluster))
    for mine, its in zip(decide(here, pictures.rows), decide(there, pictures.rows), strict=True):
        np.testing.assert_allclose(its, mine, atol=1e-6)
    counts = {stage: pieces for stage, pieces, _ in cluster.pop_work_done()}
    assert counts["extracting features"] > 1


def test_a_chunk_may_have_no_component(cluster, monkeypatch, digits):
    monkeypatch.setattr(pipelines, "WHOLE", 16)
    estimator = RECIPES["linear"].estimator(digits.shape, digits.full, len(digits))
    estimator.set_params(classifier__n_components=5)
    here, there = (fit(clone(estimator), digits, engine) for engine in (HERE, cluster))
    np.testing.assert_allclose(decide(there, digits.rows)[0], decide(here, digits.rows)[0], atol=1e-6)


@pytest.mark.parametrize("quick", [True, False])
def test_validation_curve_and_search_say_the_same(cluster, quick, digits, monkeypatch):
    monkeypatch.setattr(curves, "FACTORS", (1 / 3, 1, 3))
    recipe = recipes.choose(digits.shape, len(digits), 4)
    estimator = recipe.estimator(digits.shape, digits.full, len(digits))
    here, there = (validate(estimator, digits, quick, 0, engine)[0] for engine in (HERE, cluster))
    np.testing.assert_allclose(there.decisions, here.decisions, atol=1e-5)  # products in single precision
    np.testing.assert_array_equal(there.truth, here.truth)
    if not quick:
        here, there = (curves.learning_curve(estimator, digits, 0, engine) for engine in (HERE, cluster))
        assert there.as_dict() == here.as_dict()
        here, there = (curves.search(recipe, digits.take(np.arange(100)), 0, engine) for engine in (HERE, cluster))
        np.testing.assert_array_equal(there.accuracies, here.accuracies)


def test_training_there_makes_the_same_model_and_says_where_it_ran(trained, url, tmp_path, digits):
    told, folder = trained
    done = train(tmp_path, "--engine", url)
    assert (done.returncode, done.stderr) == (0, "")
    there, here = (
        [line for line in text.splitlines() if not line.startswith(("            on the cluster", "Model", "Report"))]
        for text in (done.stdout, told)
    )
    assert there == here
    assert re.search(r"on the cluster, [12] workers?: validation: folds \(20\)", done.stdout)
    mine, its = (
        artifact.load("digits", place).recognizer.probabilities(digits.rows)[0]
        for place in (folder / "model", tmp_path)
    )
    np.testing.assert_allclose(its, mine, atol=1e-6)


def test_workers_read_what_they_work_on_from_its_place(places, cluster):
    for place in places:
        images = sources.load([str(place)], engine=cluster).training.images
        (there,) = cluster.map("read", np.asarray, [images])
        np.testing.assert_array_equal(there, images)
