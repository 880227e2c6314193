"""Versions on which the results of work, and the meaning of a pickle, depend."""

import hashlib
import platform
from functools import cache
from importlib.metadata import version
from pathlib import Path

TOOLKIT = "this toolkit"
# Leading numbers of a version that must agree for work to mean the same; scikit-learn promises nothing across minors.
BINDING = {"python": 2, "scikit-learn": 2, "numpy": 1, TOOLKIT: 1}


def of_packages():
    """Return a dict of the versions of Python and of the packages that models are made of."""
    packages = ("scikit-learn", "scipy", "numpy", "joblib")
    return {"python": platform.python_version(), **{package: version(package) for package in packages}}


@cache
def of_work():
    """Return a dict of all versions that work depends on; that of the toolkit is a hash of its code."""
    code = hashlib.sha256()
    for file in sorted(Path(__file__).parents[1].glob("**/*.py")):
        code.update(file.read_bytes())
    return {**of_packages(), TOOLKIT: code.hexdigest()[:12]}


def mismatch(expected, installed, packages=tuple(BINDING)):
    """Return the name of the first of some packages whose versions do not fit each other, or None."""
    for package in packages:
        numbers = (str(versions.get(package)).split(".")[: BINDING[package]] for versions in (expected, installed))
        if len(set(map(tuple, numbers))) > 1:
            return package
    return None
