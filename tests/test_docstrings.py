"""The docstrings of the package."""

import ast
import re

import pytest
from project import ROOT

REFUSED = re.compile(r"(Give|Tell|Say|Let|Mean)s?\b")  # "Return", "Yield" or "Raise" says more
TYPES = "bool|bytes|dict|float|float32|frozenset|int|list|ndarray|shape|str|tuple|uint8|Dataset|Pipeline|Validation"
TYPE_LAST = re.compile(rf": ({TYPES}|[A-Z]\w*[a-z][A-Z]\w*)\b[^:]*$")
PRIVATE = re.compile(r"_(?!_)")
PACKAGE = ROOT / "recognition"


def public_docstrings(path):
    """Yield the docstrings of a module and of its public classes and functions."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        documented = isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef))
        if documented and not PRIVATE.match(getattr(node, "name", "")):
            yield ast.get_docstring(node) or ""


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_no_public_docstring_begins_with_a_word_that_says_little(path):
    firsts = [docstring.partition("\n")[0] for docstring in public_docstrings(path)]
    assert [first for first in firsts if REFUSED.match(first)] == []


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_no_public_docstring_has_its_type_behind_the_sentence(path):
    firsts = [docstring.partition("\n")[0] for docstring in public_docstrings(path)]
    assert [first for first in firsts if TYPE_LAST.search(first)] == []
