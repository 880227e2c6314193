"""ES modules -> one script without imports, which a page can hold, and which runs from a disk."""

import re

IMPORT = re.compile(r'^import (?:\{\s*[\w$]+(?:,\s*[\w$]+)*\s*\} from )?"\./([\w./-]+)";$', re.MULTILINE)
EXPORT = re.compile(r"^export (?:const |let |((?:async )?function|class) )([\w$]+)", re.MULTILINE)
UNREAD = re.compile(r"^(?: +|(?: *//.*)?\n)", re.MULTILINE)  # indentation, lines of comment, empty lines


def join_modules(entry, folders):
    """Join a module and all that it imports.

    Each module becomes a block, in which its own names stay; the names that it exports are declared before all blocks,
    so that what it exports lives on as it changes. That is simple as long as no two modules export the same name, and
    none is imported under another one: whatever is not understood is an error. Comments and indentation stay behind.

    Parameters
    ----------
    entry : str
        Name of the module to begin with.
    folders : sequence of pathlib.Path
        Folders of the modules; the first that has one of a name counts.

    Returns
    -------
    script : str
        A classic script.

    Raises
    ------
    ValueError
        If modules cannot be joined in this way.
    """
    modules = {}
    _collect(entry, folders, modules)
    names = [name for _, exported in modules.values() for name in exported]
    if twice := {name for name in names if names.count(name) > 1}:
        raise ValueError(f"exported by more than one module: {', '.join(sorted(twice))}")
    blocks = [f"// {name}\n{{\n{UNREAD.sub('', text)}}}\n" for name, (text, _) in modules.items()]
    return "\n".join(["(() => {", '"use strict";', f"let {', '.join(names)};\n", *blocks, "})();\n"])


def _collect(name, folders, modules):
    """Add a module to those that are collected, after those that it imports: its text and the names that it exports."""
    if name in modules:
        return
    modules[name] = "", []  # so that a circle ends
    source = next(path for folder in folders if (path := folder / name).exists()).read_text(encoding="utf-8")
    for imported in IMPORT.findall(source):
        _collect(imported, folders, modules)
    del modules[name]
    exported = []

    def assign(match):
        definition, defined = match.groups()
        exported.append(defined)
        return f"{defined} = {definition} {defined}" if definition else defined

    text = EXPORT.sub(assign, IMPORT.sub("", source))
    if strange := re.search(r"^\s*(import|export)\b.*", text, re.MULTILINE):
        raise ValueError(f"{name}: cannot be joined: {strange[0]}")
    modules[name] = text, exported
