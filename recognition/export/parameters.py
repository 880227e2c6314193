"""A recognizer -> what JavaScript needs to answer as it does: arrays of numbers and constants, by their names."""

from base64 import b64encode
from dataclasses import asdict

import numpy as np
from sklearn.decomposition import PCA

from recognition.errors import ModelError
from recognition.features import gradients
from recognition.features.augmentation import deskew
from recognition.features.gradients import gradient_histograms
from recognition.imaging import characters, cutting, ink, normalization, segmentation, strokes
from recognition.imaging.pixels import SMALL
from recognition.inference import lattice, reading, transcription
from recognition.inference import recognizer as predictions
from recognition.learning.ensemble import pipelines
from recognition.learning.network import NARROW, NeuralNetworks
from recognition.learning.nystroem import NystroemRidge
from recognition.learning.svm import KernelSVC

# Modules whose constants JavaScript uses, each under its own name, so that none is written down twice.
CONSTANTS = ink, characters, cutting, segmentation, normalization, strokes, lattice, predictions, transcription, reading


def parameters_of(recognizer):
    """Return all that it takes to answer for drawings and canonical images.

    Parameters
    ----------
    recognizer : Recognizer
        Of grey images.

    Returns
    -------
    parameters : dict
        What JSON can say; arrays as of `_array`.

    Raises
    ------
    ModelError
        If it is of colour pictures.
    """
    if recognizer.normalizer is None:
        raise ModelError("a model of colour pictures needs the server; only models of characters fit into a page")
    normalizer, novelty = recognizer.normalizer, recognizer.novelty
    looks = steps_of([novelty.components, novelty.classifier])
    if max(recognizer.shape) > SMALL:  # then the file is large anyway, and doubts come out the same
        looks[-1]["vectors"] = _array(novelty.classifier.support_vectors_)
    return {
        "constants": {module.__name__.rpartition(".")[2]: constants_of(module) for module in CONSTANTS},
        "classes": recognizer.classes.tolist(),
        "full": recognizer.full,
        "least": recognizer.least,
        "temperature": recognizer.scaling.temperature,
        "familiarity": asdict(recognizer.familiarity),
        "normalizer": {**asdict(normalizer), "side": normalization.fine_side(normalizer.longer)},
        "pipelines": [steps_of(dict(pipeline.steps).values()) for pipeline in pipelines(recognizer.estimator)],
        "novelty": looks,
    }


def constants_of(module):
    """Return the constants of a module that are numbers, texts, or tuples of them: dict."""
    return {
        name: value
        for name, value in vars(module).items()
        if name.isupper() and np.asarray(value).dtype.kind in "iufU" and isinstance(value, int | float | str | tuple)
    }


def steps_of(steps):
    """Return fitted steps of a pipeline, each under the name by which JavaScript knows how to take it: list of dict."""
    kinds = [getattr(step, "func", type(step)) for step in steps]
    return [{"step": kind.__name__, **STEPS[kind](step)} for kind, step in zip(kinds, steps, strict=True)]


def _deskew(step):
    return {"shape": step.kw_args["shape"]}


def _gradients(step):
    """Return the options of `gradient_histograms`, and its matrices down and across, these transposed."""
    options = {"zoom": 1, "cells": 7, "power": 0.5, "second_cells": 0, "unit": False, **step.kw_args}
    zoom, cells, finer = (options[name] for name in ("zoom", "cells", "second_cells"))
    first = [gradients.axis_matrices(side, zoom, cells) for side in options["shape"]]
    second = [gradients.second_axis_matrices(len(smooth), finer) for smooth, _, _ in first] if finer else []
    return {
        "shape": options["shape"],
        "full": options["full"],
        "power": options["power"],
        "unit": options["unit"],
        "spread": gradients.FINE_SPREAD ** (1 / options["power"]),
        "orders": [_axes(*axes) for axes in (first, second) if axes],
    }


def _axes(down, across):
    smooth, slope, sample = down
    down = smooth, slope, sample.T
    smooth, slope, sample = across
    across = smooth.T, slope.T, sample
    return {
        axis: dict(zip(("smooth", "slope", "sample"), map(_array, matrices), strict=True))
        for axis, matrices in (("down", down), ("across", across))
    }


def _components(step):
    return {"mean": _array(step.mean_[None]), "components": _fixed(step.components_)}


def _svc(step):
    return {
        "centre": _array(step.centre_[None]),
        "vectors": _fixed(step.support_vectors_),
        "gamma": step.gamma_,
        "sharpness": step.sharpness,
        "counts": step.n_support_.tolist(),
        "weights": _array(step.weights_),
        "intercept": _array(step.intercept_),
    }


def _ridge(step):
    return {
        "vectors": _array(step.components_),
        "gamma": step.gamma_,
        "weights": _array(step.weights_.T),
    }


def _networks(step):
    return {
        "mean": _array(step.mean_[None]),
        "components": _fixed(step.components_.T),
        "prototypes": _fixed(step.prototypes_),
        "gamma": NARROW / step.components_.shape[1],
        "networks": [[_layer(*layers[:2]), _layer(*layers[2:])] for layers in step.weights_],
    }


def _layer(weights, offset):
    return {"weights": _fixed(weights.T), "offset": _array(offset[None])}


def _array(values):
    """Return an array of two dimensions as its shape and its numbers of 32 bits, little-endian."""
    numbers = np.ascontiguousarray(values, dtype="<f4")
    return {"shape": numbers.shape, "float32": _base64(numbers)}


def _fixed(values):
    """Return an array likewise in half the space: whole numbers of 16 bits, and what they are multiples of."""
    unit = float(np.abs(values).max() / 32767) or 1.0
    return {"shape": values.shape, "int16": _base64(np.rint(values / unit).astype("<i2")), "unit": unit}


def _base64(numbers):
    return b64encode(numbers.tobytes()).decode("ascii")


# How each step of a pipeline is exported; JavaScript has a function of the same name for each.
STEPS = {
    deskew: _deskew,
    gradient_histograms: _gradients,
    PCA: _components,
    KernelSVC: _svc,
    NystroemRidge: _ridge,
    NeuralNetworks: _networks,
}
