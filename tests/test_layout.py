"""The packages and the one direction of their imports."""

import ast
import subprocess
import sys

import pytest
from project import ROOT

EVERYWHERE = {"errors", "progress", "options", "console"}
# Each package, and the other packages that it may import from.
MAY_IMPORT = {
    "features": set(),
    "imaging": set(),
    "engine": {"features", "imaging"},
    "data": {"features", "imaging", "engine"},
    "learning": {"features", "imaging", "engine", "data"},
    "inference": {"features", "imaging", "engine", "data", "learning"},
    "evaluation": {"features", "imaging", "engine", "data", "learning", "inference"},
    "page": set(),
    "export": {"features", "imaging", "engine", "data", "learning", "inference", "page"},
    "serving": {"features", "imaging", "engine", "data", "learning", "inference", "page", "export"},
    "servers": {"features", "imaging", "engine", "data", "learning", "inference", "page", "export", "serving"},
    "batch": {"features", "imaging", "engine", "data", "learning", "inference"},
    "client": {"imaging.pixels", "data.tables", "data.filenames", "evaluation.reliability"},
}
HEAVY = {"scipy", "sklearn", "flask", "joblib"}


def imports_of(path):
    """List the modules of this project that a file imports, as (package, module), wherever in it they stand."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "recognition":
            _, package, module = [*node.module.split("."), "", ""][:3]
            for alias in node.names:
                found.add((package, module) if module or not package else (package, alias.name))
                if not package:
                    found.add((alias.name, ""))
    return found - {("", "")}


def files_of(package):
    return sorted((ROOT / "recognition" / package).glob("*.py"))


def test_every_folder_of_the_package_has_its_row():
    folders = {path.parent.name for path in (ROOT / "recognition").glob("*/*") if path.parent.name != "__pycache__"}
    assert folders == MAY_IMPORT.keys()
    assert {path.stem for path in (ROOT / "recognition").glob("*.py")} - {"__init__"} == EVERYWHERE


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_a_package_imports_from_those_below_it_alone(package):
    strangers = [
        (path.name, *found)
        for path in files_of(package)
        for found in imports_of(path)
        if found[0] not in {package, *EVERYWHERE} and not {found[0], ".".join(found)} & MAY_IMPORT[package]
    ]
    assert strangers == []


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_the_modules_of_a_package_import_each_other_in_no_circle(package):
    waiting = {
        path.stem: {module for other, module in imports_of(path) if other == package} - {path.stem}
        for path in files_of(package)
    }
    while ready := {name for name, others in waiting.items() if not others & waiting.keys()}:
        waiting = {name: others for name, others in waiting.items() if name not in ready}
    assert waiting == {}


def test_what_every_package_may_use_uses_no_package():
    for name in EVERYWHERE:
        assert {package for package, _ in imports_of(ROOT / "recognition" / f"{name}.py")} <= EVERYWHERE


def test_the_client_loads_nothing_heavy():
    loaded = subprocess.run(
        [sys.executable, "-c", "import client, sys; print(*{name.split('.')[0] for name in sys.modules})"],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    assert not HEAVY & set(loaded.stdout.split())
