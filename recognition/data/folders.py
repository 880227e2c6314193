"""A folder of pictures -> files and labels; what looks like a picture and cannot be one is listed, not fatal."""

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from recognition.data.filenames import head_of
from recognition.errors import DataError
from recognition.imaging.pixels import SUFFIXES

TRAIN = ("train", "training")
TEST = ("test", "testing", "validation", "valid", "val")

# What people try, and what they should do instead.
REMEDIES = (
    ((".zip", ".rar", ".7z", ".tar", ".tgz", ".tar.gz"), "unpack it, and give the folder or file inside"),
    ((".heic", ".heif"), "save the pictures as JPEG, and give their folder"),
    ((".pdf",), "save its pages as PNG or JPEG pictures, and give their folder"),
    ((".svg",), "save the pictures as PNG, and give their folder"),
    ((".xlsx",), "save the sheet as CSV"),
    ((".npy", ".npz", ".parquet"), "save the table as CSV"),
    ((".mat",), "get the same data as IDX files or CSV"),
)


@dataclass(frozen=True)
class LabelledFiles:
    """Files of pictures with their labels.

    Attributes
    ----------
    files : list of pathlib.Path
        Pictures, in the order of their names.
    labels : list of str
        Right label of each.
    skipped : list of str
        Line for each other thing that looks like a picture, or like a folder of them, with its reason.
    """

    files: list[Path]
    labels: list[str]
    skipped: list[str]


def find(folder):
    """Find the pictures of a folder and their labels.

    Parameters
    ----------
    folder : pathlib.Path
        Folder with one sub-folder a class; or with `train/` and `test/` or `validation/` above such; or flat, with the
        label at the head of each name.

    Returns
    -------
    training : LabelledFiles
        At least one picture.
    test : LabelledFiles or None
        The test part, if the folder has one of its own.

    Raises
    ------
    DataError
        If there are no pictures.
    """
    inner = {path.name.lower(): path for path in _folders(folder, [])}
    train = next((inner[name] for name in TRAIN if name in inner), None)
    test = next((inner[name] for name in TEST if name in inner), None)
    if train and not test and not _folders(train, []) and len(inner) > 1:
        train = None  # a class of that name
    training = _labelled(train or folder)
    if not training.files:
        nothing = f"{train or folder} holds no pictures ({' '.join(sorted(SUFFIXES))}), nor sub-folders with any"
        raise DataError(next(iter(training.skipped), nothing))
    held_out = _labelled(test) if train and test else None
    return training, held_out if held_out and held_out.files else None


def remedy(path):
    """Return why a file of this name is not read, and what to do instead; or None."""
    instead = next((instead for suffixes, instead in REMEDIES if path.name.lower().endswith(suffixes)), None)
    return instead and f"is not read as it is; {instead}"


def _labelled(folder):
    """Return the pictures below a folder with their labels: by sub-folder, or if those hold none by name."""
    skipped = []
    labelled = [(file, place.name) for place in _folders(folder, skipped) for file in _below(place, skipped)]
    own = _pictures([path for path in _inside(folder, []) if not os.path.isdir(path)], skipped)
    labelled = labelled or [(file, head_of(file)) for file in own]
    return LabelledFiles([file for file, _ in labelled], [label for _, label in labelled], skipped)


def _folders(folder, skipped):
    """Return the sub-folders that are not hidden, by name; a class may be a link to a folder elsewhere."""
    folders, around = [], [folder.resolve(), *folder.resolve().parents]
    for path in _inside(folder, skipped):
        if os.path.isdir(path) and path.resolve() in around:
            skipped.append(f"{path}: is a link to a folder that it is in")
        elif os.path.isdir(path):
            folders.append(path)
    return folders


def _below(folder, skipped):
    """Return all pictures below a folder, by name."""
    pictures = []
    for path in _inside(folder, skipped):
        if not os.path.isdir(path):
            pictures += _pictures([path], skipped)
        elif path.is_symlink():
            skipped.append(f"{path}: is a link to a folder, which is not followed")
        else:
            pictures += _below(path, skipped)
    return pictures


def _inside(folder, skipped):
    """Return the paths in a folder that are not hidden, by name."""
    try:
        return sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except OSError as error:
        skipped.append(f"{folder}: cannot be read: {error.strerror}")
        return []


def _pictures(paths, skipped):
    faults = [(path, _fault(path)) for path in paths]
    skipped += [f"{path}: {fault}" for path, fault in faults if fault]
    return [path for path, fault in faults if path.suffix.lower() in SUFFIXES and not fault]


def _fault(path):
    """Return why something that may be meant as a picture cannot be opened, or would never end; or None."""
    if reason := remedy(path):
        return reason
    try:
        regular = stat.S_ISREG(path.stat().st_mode)
    except OSError as error:
        return f"is a link that leads nowhere ({error.strerror})" if path.is_symlink() else f"{error.strerror}"
    return None if regular or path.suffix.lower() not in SUFFIXES else "is no file, but a pipe, a socket or a device"
