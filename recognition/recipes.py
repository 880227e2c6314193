"""Which features and which machine suit which data: one table, and the pipeline that a row of it stands for."""

from dataclasses import asdict, dataclass

from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer

from recognition.errors import DataError
from recognition.features import gradient_histograms
from recognition.svm import KernelSVC


@dataclass(frozen=True)
class Recipe:
    """How canonical images become rows of features, and what separates those.

    Attributes
    ----------
    name : str
        What `--recipe` calls it.
    purpose : str
        The data that it is for.
    largest_side : int
        Of the images that it is chosen for, in pixels.
    zoom, directions, cells, power
        See `features.gradient_histograms`.
    C, gamma
        See `svm.KernelSVC`.
    """

    name: str
    purpose: str
    largest_side: int
    zoom: int
    directions: int
    cells: int
    power: float
    C: float
    gamma: float

    @property
    def in_words(self):
        """What the recipe does, in a line."""
        return (
            f"{self.directions} gradient directions in {self.cells}x{self.cells} cells, "
            f"then one SVC with an RBF kernel (C={self.C:g}, gamma={self.gamma:g})"
        )

    @property
    def parameters(self):
        """What the recipe does, for the model's card: dict."""
        return {key: value for key, value in asdict(self).items() if key != "largest_side"}

    def pipeline(self, shape, full):
        """Build the unfitted pipeline for images of this shape and range.

        Parameters
        ----------
        shape : (int, int)
            Height and width.
        full : int
            The value of full ink.

        Returns
        -------
        pipeline : sklearn.pipeline.Pipeline
            From flat rows of grey levels to labels: steps "features" and "svm".
        """
        how = {"zoom": self.zoom, "directions": self.directions, "cells": self.cells, "power": self.power}
        histograms = FunctionTransformer(gradient_histograms, kw_args={"shape": tuple(shape), "full": full, **how})
        return Pipeline([("features", histograms), ("svm", KernelSVC(C=self.C, gamma=self.gamma))])


# The parameters of "small" won `python tests/benchmarks/accuracy.py --choose`.
RECIPES = (
    Recipe(
        "small",
        "grey pictures of a few pixels",
        16,
        zoom=4,
        directions=8,
        cells=5,
        power=0.7,
        C=10,
        gamma=0.35,
    ),
)


def choose(shape, name=None):
    """Choose the recipe by name, or else by the images' shape.

    Raises
    ------
    DataError
        If no recipe has this name, or none suits.
    """
    names = ", ".join(recipe.name for recipe in RECIPES)
    for recipe in RECIPES:
        if recipe.name == name or (name is None and max(shape) <= recipe.largest_side):
            return recipe
    if name is not None:
        raise DataError(f"there is no recipe called {name!r}; choose one of: {names}")
    raise DataError(f"no recipe suits images of {shape[0]}x{shape[1]}; choose one with --recipe: {names}")
