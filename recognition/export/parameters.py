"""A recognizer -> what JavaScript needs to answer as it does: arrays of numbers and constants, by their names."""

from base64 import b64encode
from dataclasses import asdict

import numpy as np
from sklearn.decomposition import PCA

from recognition.errors import ModelError
from recognition.features import augmentation, gradients
from recognition.features.augmentation import deskew, normalize_moments
from recognition.features.gradients import edge_steepness, gradient_histograms
from recognition.imaging import characters, cutting, ink, normalization, segmentation, strokes
from recognition.imaging.pixels import SMALL
from recognition.inference import lattice, transcription, views
from recognition.inference import recognizer as predictions
from recognition.learning.ensemble import pipelines
from recognition.learning.network import NARROW, NeuralNetworks
from recognition.learning.nystroem import NystroemRidge
from recognition.learning.pipelines import side_by_side
from recognition.learning.svm import KernelSVC

# Modules whose constants JavaScript uses, each under its own name, so that none is written down twice.
CONSTANTS = ink, characters, cutting, segmentation, normalization, strokes, lattice, predictions, transcription, views


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
    normalizer, novelty, fragments = recognizer.normalizer, recognizer.novelty, recognizer.fragments
    bits = 12 if max(recognizer.shape) <= SMALL else 16  # so many are enough for the answers to come out the same
    return {
        "constants": {module.__name__.rpartition(".")[2]: constants_of(module) for module in CONSTANTS},
        "classes": recognizer.classes.tolist(),
        "full": recognizer.full,
        "least": recognizer.least,
        "temperature": recognizer.scaling.temperature,
        "sureness": _logistic(recognizer.sureness),
        "strangest": recognizer.strangest,
        "normalizer": {**asdict(normalizer), "side": normalization.fine_side(normalizer.longer)},
        "pipelines": [steps_of(dict(pipeline.steps).values(), bits) for pipeline in pipelines(recognizer.estimator)],
        "novelty": steps_of([novelty.components, novelty.classifier], bits),
        "fragments": fragments and _fragments(fragments),
    }


def constants_of(module):
    """Return a dict of the constants of a module that are numbers, texts, or tuples of them."""
    return {
        name: value
        for name, value in vars(module).items()
        if name.isupper() and np.asarray(value).dtype.kind in "iufU" and isinstance(value, int | float | str | tuple)
    }


def _fragments(fragments):
    test = fragments.test
    steps = steps_of([test.components, test.classifier], 12)
    return {"test": steps, "scaling": _logistic(fragments.scaling)}


def _logistic(scaling):
    return {"weights": np.asarray(scaling.weights).tolist(), "offset": scaling.offset}


def steps_of(steps, bits):
    """Return fitted steps of a pipeline, each under the name by which JavaScript knows how to take it.

    Parameters
    ----------
    steps : iterable of transformers and classifiers
        Fitted.
    bits : int
        Bits for each number of the large arrays: 12 or 16.

    Returns
    -------
    steps : list of dict
        What JSON can say.
    """
    kinds = [getattr(step, "func", type(step)) for step in steps]
    return [{"step": kind.__name__, **STEPS[kind](step, bits)} for kind, step in zip(kinds, steps, strict=True)]


def _deskew(step, bits):
    return {"shape": step.kw_args["shape"]}


def _moments(step, bits):
    return {"shape": step.kw_args["shape"], "spread": augmentation.SPREAD, "least": augmentation.LEAST_SPREAD}


def _gradients(step, bits):
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


def _steepness(step, bits):
    return {"levels": 8, "spread": gradients.STEEP_SPREAD, **step.kw_args}


def _side_by_side(step, bits):
    return {"views": [steps_of(steps, bits) for steps in step.kw_args["views"]]}


def _axes(down, across):
    smooth, slope, sample = down
    down = smooth, slope, sample.T
    smooth, slope, sample = across
    across = smooth.T, slope.T, sample
    return {
        axis: dict(zip(("smooth", "slope", "sample"), map(_array, matrices), strict=True))
        for axis, matrices in (("down", down), ("across", across))
    }


def _components(step, bits):
    return {"mean": _array(step.mean_[None]), "components": _fixed(step.components_, bits)}


def _svc(step, bits):
    return {
        "centre": _array(step.centre_[None]),
        "vectors": _fixed(step.support_vectors_, bits),
        "gamma": step.gamma_,
        "sharpness": step.sharpness,
        "counts": step.n_support_.tolist(),
        "weights": _array(step.weights_),
        "intercept": _array(step.intercept_),
    }


def _ridge(step, bits):
    return {
        "vectors": _array(step.components_),
        "gamma": step.gamma_,
        "weights": _array(step.weights_.T),
    }


def _networks(step, bits):
    return {
        "mean": _array(step.mean_[None]),
        "components": _fixed(step.components_.T, bits),
        "prototypes": _fixed(step.prototypes_, bits),
        "gamma": NARROW / step.components_.shape[1],
        "networks": [[_layer(*layers[:2], bits), _layer(*layers[2:], bits)] for layers in step.weights_],
    }


def _layer(weights, offset, bits):
    return {"weights": _fixed(weights.T, bits), "offset": _array(offset[None])}


def _array(values):
    """Return an array of two dimensions as its shape and its numbers of 32 bits, little-endian."""
    numbers = np.ascontiguousarray(values, dtype="<f4")
    return {"shape": numbers.shape, "float32": _base64(numbers)}


def _fixed(values, bits):
    """Return an array likewise in less space: whole numbers, and what those of each column are multiples of."""
    units = np.abs(values).max(axis=0) / (2 ** (bits - 1) - 1)
    units[units == 0] = 1.0
    numbers = np.rint(values / units).astype("<i2")
    packed = _in_pairs(numbers) if bits == 12 else numbers
    return {"shape": values.shape, f"int{bits}": _base64(packed), "units": _array(units[None])}


def _in_pairs(numbers):
    """Return numbers of 12 bits as three bytes for every two."""
    pairs = np.resize((numbers + 2048).ravel(), (numbers.size + 1) // 2 * 2).reshape(-1, 2)
    first, second = pairs.T
    return np.stack([first >> 4, (first & 15) << 4 | second >> 8, second & 255], axis=1).astype(np.uint8)


def _base64(numbers):
    return b64encode(numbers.tobytes()).decode("ascii")


# How each step of a pipeline is exported; JavaScript has a function of the same name for each.
STEPS = {
    deskew: _deskew,
    normalize_moments: _moments,
    gradient_histograms: _gradients,
    edge_steepness: _steepness,
    side_by_side: _side_by_side,
    PCA: _components,
    KernelSVC: _svc,
    NystroemRidge: _ridge,
    NeuralNetworks: _networks,
}
