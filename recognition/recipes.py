"""Which preparation, features and machine suit which data: one table, and what its rows build."""

from dataclasses import asdict, dataclass, field

from sklearn.decomposition import PCA
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer

from recognition.committee import Committee
from recognition.errors import DataError
from recognition.features import gradient_histograms
from recognition.landmarks import LandmarkRidge
from recognition.svm import KernelSVC
from recognition.warping import deskew, distort

SMALL = 16  # pixels; the largest side of small images
MACHINES = {"svc": KernelSVC, "landmarks": LandmarkRidge}


@dataclass(frozen=True)
class Recipe:
    """How canonical images become rows of features, and what separates those.

    Attributes
    ----------
    name : str
        What `--recipe` calls it.
    kind : str
        Of images that it is for: "small" (grey, a few pixels) or "grey".
    views : tuple of dict
        A member of the committee for each, with the options of `features.gradient_histograms`, and "deskew" if
        the slant is taken out first.
    machine : str
        Of `MACHINES`.
    options : dict
        Of the machine.
    components : int
        Principal components kept of the features; all if 0.
    copies : int
        Distorted copies of each hard row to learn from.
    classes, rows : int
        Of the largest data that it is chosen for without being named.
    """

    name: str
    kind: str
    views: tuple
    machine: str
    options: dict = field(default_factory=dict)
    components: int = 0
    copies: int = 0
    classes: int = 10**9
    rows: int = 10**9

    @property
    def in_words(self):
        """What the recipe does, in a line."""
        views = "; ".join(
            f"{view.get('directions', 8)} gradient directions in {view['cells']}x{view['cells']} cells"
            + (", and their own directions" if view.get("second_cells") else "")
            + (", slant removed" if view.get("deskew") else "")
            for view in self.views
        )
        options = ", ".join(f"{key}={value:g}" for key, value in self.options.items())
        copies = f", {self.copies} distorted copies of the hard rows" if self.copies else ""
        return f"{views}; {MACHINES[self.machine].__name__}({options}){copies}"

    @property
    def parameters(self):
        """What the recipe does, for the model's card: dict."""
        return {key: value for key, value in asdict(self).items() if key not in ("classes", "rows")}

    def estimator(self, shape, full, seed=0):
        """Build what is to be fitted on images of this shape and range.

        Parameters
        ----------
        shape : tuple of int
            Height and width.
        full : int
            The value of full ink.
        seed : int
            Of the distortions, and of the landmarks.

        Returns
        -------
        estimator : sklearn.pipeline.Pipeline or Committee
            From flat rows of grey levels to labels; a committee where there are several views or copies.
        """
        members = [self._pipeline(dict(view), shape, full, seed) for view in self.views]
        if len(members) == 1 and not self.copies:
            return members[0]
        return Committee(members, tuple(shape), distort, self.copies, seed)

    def _pipeline(self, view, shape, full, seed):
        """Build the pipeline of a view: its last step is called "svm"."""
        steps = []
        if view.pop("deskew", False):
            steps.append(("deskew", FunctionTransformer(deskew, kw_args={"shape": tuple(shape)})))
        how = {"shape": tuple(shape), "full": full, **view}
        steps.append(("features", FunctionTransformer(gradient_histograms, kw_args=how)))
        if self.components:
            steps.append(("components", PCA(self.components, svd_solver="covariance_eigh")))
        seeded = {"seed": seed} if self.machine == "landmarks" else {}
        return Pipeline([*steps, ("svm", MACHINES[self.machine](**self.options, **seeded))])


# The first row that fits is chosen. Of "small", the parameters won `python tests/benchmarks/accuracy.py --choose`.
SMALL_VIEW = {"zoom": 4, "cells": 5, "power": 0.7}
UPRIGHT, AS_IT_IS = {"deskew": True, "cells": 7, "second_cells": 5}, {"cells": 7, "second_cells": 5}
RECIPES = (
    Recipe("fast", "small", (SMALL_VIEW,), "svc", {"C": 10, "gamma": 0.35}, rows=20_000),
    Recipe("best", "grey", (UPRIGHT, AS_IT_IS), "svc", {"C": 3, "gamma": 0.5}, 200, copies=8, classes=12, rows=100_000),
    Recipe("many", "grey", (AS_IT_IS,), "svc", {"C": 3, "gamma": 1.0}, 200, rows=150_000),
    Recipe("linear", "grey", ({"cells": 7},), "landmarks", {"landmarks": 4000, "gamma": 0.5, "ridge": 0.03}),
    Recipe("linear", "small", (SMALL_VIEW,), "landmarks", {"landmarks": 4000, "gamma": 0.35, "ridge": 0.03}),
    Recipe("fast", "grey", ({"deskew": True, "cells": 7},), "svc", {"C": 10, "gamma": 0.5}),
)


def kind_of(shape):
    """Name the kind of images of this shape: "small" or "grey"."""
    if len(shape) == 3:
        raise DataError("no recipe is for colour pictures yet")
    return "small" if max(shape) <= SMALL else "grey"


def choose(shape, rows, classes, name=None):
    """Choose the recipe that suits the data, or the one of this name for its kind.

    Parameters
    ----------
    shape : tuple of int
        Of an image.
    rows, classes : int
        How many there are to learn from, and to tell apart.
    name : str, optional
        What `--recipe` asks for.

    Returns
    -------
    recipe : Recipe
        A row of `RECIPES`.

    Raises
    ------
    DataError
        If no recipe for this kind of images has the name.
    """
    kind = kind_of(shape)
    fitting = [recipe for recipe in RECIPES if recipe.kind == kind]
    for recipe in fitting:
        if recipe.name == name or (name is None and rows <= recipe.rows and classes <= recipe.classes):
            return recipe
    names = ", ".join(recipe.name for recipe in fitting)
    raise DataError(f"there is no recipe called {name!r} for {kind} images; choose one of: {names}")
