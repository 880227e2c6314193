"""Which preparation, features and classifier suit which data: one table, and what its rows build."""

from dataclasses import asdict, dataclass, field, replace

from sklearn.decomposition import PCA
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer

from recognition.errors import DataError
from recognition.features.augmentation import deskew, distort, normalize_moments
from recognition.features.fisher import FisherVectors
from recognition.features.gradients import edge_steepness, gradient_histograms
from recognition.imaging.pixels import SMALL
from recognition.learning.ensemble import Ensemble
from recognition.learning.network import NeuralNetworks
from recognition.learning.nystroem import NystroemRidge
from recognition.learning.pipelines import side_by_side
from recognition.learning.svm import KernelSVC

# What may come before the features, by the key of a view that asks for it, and how images then are.
PREPARATIONS = {"deskew": (deskew, "upright"), "moments": (normalize_moments, "of one size")}
CLASSIFIERS = {"svc": KernelSVC, "nystroem": NystroemRidge, "networks": NeuralNetworks}
LEARNT = 800_000  # rows that networks learn from, half of them copies; more for each row gain nothing


@dataclass(frozen=True)
class Recipe:
    """How canonical images become rows of features, and what separates those.

    Attributes
    ----------
    name : str
        Name that `--recipe` takes.
    kind : str
        Kind of images that it is for: "small" (grey, a few pixels), "grey" or "colour".
    views : tuple of dict
        Options of `features.gradient_histograms` (of `fisher.FisherVectors` for colour), and which of `PREPARATIONS`
        come first, for each member of the ensemble; networks learn from all views side by side, and from the steepness
        of edges.
    classifier : str
        Key of `CLASSIFIERS`.
    options : dict
        Parameters of the classifier.
    components : int
        Number of principal components kept of the features; all if 0.
    copies : int
        Number of augmented copies of each support vector to learn from, or for networks of each image, but of much data
        fewer.
    classes, rows : int
        Numbers of classes and images of the largest data that it is chosen for; beyond, it is the last of its name.
    """

    name: str
    kind: str
    views: tuple
    classifier: str
    options: dict = field(default_factory=dict)
    components: int = 0
    copies: int = 0
    classes: int = 10**9
    rows: int = 10**9

    @property
    def in_words(self):
        """What the recipe does, in a line."""
        features = "Fisher vectors of patches" if self.kind == "colour" else "gradient directions"
        if any(view.get("second_cells") for view in self.views):
            features += " of two orders"
        prepared = ([words for name, (_, words) in PREPARATIONS.items() if view.get(name)] for view in self.views)
        views = " and ".join(", ".join(words) or "as they are" for words in prepared)
        views += " side by side, steepness of edges" if self.classifier == "networks" else ""
        options = ", ".join(f"{key}={value:g}" for key, value in self.options.items())
        copied = "each, or fewer of much data," if self.classifier == "networks" else "the support vectors"
        return (
            f"{features}, images {views}; {CLASSIFIERS[self.classifier].__name__}({options})"
            f"{f', learning from {self.copies} augmented copies of {copied} too' if self.copies else ''}"
        )

    @property
    def parameters(self):
        """The recipe as a dict for the model's card."""
        return {key: value for key, value in asdict(self).items() if key not in ("classes", "rows")}

    def estimator(self, shape, full, rows, seed=0):
        """Build what is to be fitted on images of this shape and range.

        Parameters
        ----------
        shape : tuple of int
            Height and width, and 3 for colours.
        full : int
            Largest value.
        rows : int
            Number of images to learn from; no more components are kept than half of these.
        seed : int
            Seed of the augmentation, the choice of components, and all other chance.

        Returns
        -------
        estimator : sklearn.pipeline.Pipeline or Ensemble
            Unfitted, from flat rows of grey levels to labels; an ensemble where there are several views or copies.
        """
        mixed, copies = self.classifier == "networks", self.copies
        views = [self._steps(dict(view), shape, full, seed) for view in self.views]
        if mixed:
            steepness = FunctionTransformer(edge_steepness, kw_args={"shape": tuple(shape), "full": full})
            together = [[step for _, step in steps] for steps in views] + [[steepness]]
            views = [[("features", FunctionTransformer(side_by_side, kw_args={"views": together}))]]
            copies = max(1, min(copies, LEARNT // rows // 2))
        members = [self._pipeline(steps, rows, seed) for steps in views]
        if len(members) == 1 and not copies:
            return members[0]
        return Ensemble(members, tuple(shape), distort, copies, mixed, seed)

    def _steps(self, view, shape, full, seed):
        """Build the steps from images to the features of a view."""
        steps = []
        for name, (prepare, _) in PREPARATIONS.items():
            if view.pop(name, False):
                steps.append((name, FunctionTransformer(prepare, kw_args={"shape": tuple(shape)})))
        if self.kind == "colour":
            steps.append(("features", FisherVectors(tuple(shape), seed=seed, **view)))
        else:
            options = {"shape": tuple(shape), "full": full, **view}
            steps.append(("features", FunctionTransformer(gradient_histograms, kw_args=options)))
        return steps

    def _pipeline(self, steps, rows, seed):
        """Build the pipeline of these steps and the classifier: its last step is called "classifier"."""
        if self.components:
            solver = "randomized" if self.kind == "colour" else "covariance_eigh"
            steps = [*steps, ("components", PCA(min(self.components, rows // 2), svd_solver=solver, random_state=seed))]
        classifier = CLASSIFIERS[self.classifier](**self.options)
        if not isinstance(classifier, KernelSVC):
            classifier.set_params(seed=seed)
        return Pipeline([*steps, ("classifier", classifier)])


# Of the rows for a kind of images, the first that fits the data is chosen. C and gamma were looked for by
# `python tests/benchmarks/accuracy.py DATA_FOLDER --choose`; but those of small images, on pictures of many hands.
SMALL_VIEW = {"deskew": True, "zoom": 4, "cells": 5, "unit": True}
AS_IT_IS = {"cells": 7, "second_cells": 5}
UPRIGHT = {"deskew": True, **AS_IT_IS}
MANY_VIEWS = {"moments": True, **AS_IT_IS}, {"deskew": True, "cells": 7}, {"cells": 7}
# A wide kernel, upright images and rows of one length cost little on load_digits and gain much on strangers' pictures.
FAST_SMALL = Recipe("fast", "small", (SMALL_VIEW,), "svc", {"C": 7, "gamma": 0.07}, rows=20_000)
# Squares and sizes of patches were chosen on folds of 2,000 cats and dogs.
MANY_SQUARES = {"gaussians": 128, "squares": (1, 0.85)}
BEST_COLOUR = Recipe("best", "colour", (MANY_SQUARES,), "svc", {"C": 5, "gamma": 0.5}, 500, rows=30_000)
RECIPES = (
    FAST_SMALL,
    Recipe("best", "grey", (UPRIGHT, AS_IT_IS), "svc", {"C": 3, "gamma": 0.5}, 200, copies=8, classes=12, rows=100_000),
    Recipe("many", "grey", (AS_IT_IS,), "svc", {"C": 3, "gamma": 1.0}, 200, rows=20_000),
    Recipe("many", "grey", MANY_VIEWS, "networks", {"rate": 0.002, "alpha": 0.01}, copies=6),
    Recipe("linear", "grey", ({"cells": 7},), "nystroem", {"n_components": 4000, "gamma": 0.5, "alpha": 0.03}),
    Recipe("linear", "small", (SMALL_VIEW,), "nystroem", {"n_components": 4000, "gamma": 0.35, "alpha": 0.03}),
    BEST_COLOUR,
    Recipe(
        "linear", "colour", ({"gaussians": 64},), "nystroem", {"n_components": 4000, "gamma": 1.0, "alpha": 0.03}, 500
    ),
    Recipe("fast", "colour", ({"gaussians": 32},), "svc", {"C": 5, "gamma": 1.0}, 300),
    Recipe("fast", "grey", ({"deskew": True, "cells": 7},), "svc", {"C": 10, "gamma": 0.5}),
    # Nothing better is known for these: every name is there for every kind of images.
    replace(FAST_SMALL, name="best"),
    replace(FAST_SMALL, name="many"),
    replace(BEST_COLOUR, name="many"),
)
NAMES = tuple(dict.fromkeys(recipe.name for recipe in RECIPES))


def kind_of(shape):
    """Return the kind of images of a shape: "small", "grey" or "colour"."""
    if len(shape) == 3:
        return "colour"
    return "small" if max(shape) <= SMALL else "grey"


def check_name(name):
    """Raise a DataError if no recipe has a name."""
    if name not in NAMES:
        raise DataError(f"there is no recipe called {name!r}; choose one of: {', '.join(NAMES)}")


def choose(shape, rows, classes, name=None):
    """Return the recipe that suits the data, or the one of a name for its kind.

    Parameters
    ----------
    shape : tuple of int
        Shape of an image.
    rows, classes : int
        Numbers of images to learn from, and of classes to tell apart.
    name : str, optional
        Name that `--recipe` asks for; one of `NAMES`.

    Returns
    -------
    recipe : Recipe
        A row of `RECIPES`.
    """
    kind = kind_of(shape)
    named = [recipe for recipe in RECIPES if recipe.kind == kind and name in (None, recipe.name)]
    return next((recipe for recipe in named if rows <= recipe.rows and classes <= recipe.classes), named[-1])
