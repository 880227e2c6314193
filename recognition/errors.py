"""The one family of errors whose messages may be shown to a person.

A message says what was wrong, what was found and what to do. The scripts catch the root once, in `main`;
any other exception is a bug.
"""

from contextlib import contextmanager


class RecognitionError(Exception):
    """Something that the person can mend."""


class ImageError(RecognitionError):
    """A picture that cannot be read, or that holds nothing to recognise; its code is the contract's."""

    code = "unreadable_picture"


class NotAPictureError(ImageError):
    """A file that is no picture, or of no format that is read."""

    code = "not_a_picture"


class DamagedError(ImageError):
    """A picture whose file is damaged."""

    code = "damaged_picture"


class BlankError(ImageError):
    """A picture with nothing on it."""

    code = "blank_picture"


class NothingFitsError(ImageError):
    """A picture on which nothing can be read that a pattern allows."""

    code = "nothing_fits"


class TooLargeError(ImageError):
    """A picture of more pixels than are read."""

    code = "picture_too_large"


class DataError(RecognitionError):
    """Training data, or instances to predict, that do not fit."""


class BoxError(DataError):
    """A box that is missing, or lies outside its picture."""


class ModelError(RecognitionError):
    """A model that is missing, damaged or made by other versions."""


class ServiceError(RecognitionError):
    """A server that cannot be started, cannot be reached, or refuses."""


class PatternError(RecognitionError):
    """A pattern that cannot be parsed, or that nothing fits."""


class CollectionError(RecognitionError):
    """A folder of corrections that takes no more."""


class EngineError(RecognitionError):
    """A cluster that does not answer, or does not fit."""


@contextmanager
def writing(path):
    """Translate what goes wrong in writing a file or a folder.

    Parameters
    ----------
    path : pathlib.Path or str
        Path of the file or folder.

    Raises
    ------
    RecognitionError
        If it cannot be written.
    """
    try:
        yield
    except OSError as error:
        raise RecognitionError(
            f"{path} cannot be written: {error.strerror or error}; choose another place, or make room"
        ) from error


def counted(number, noun):
    """Return a number with its noun, in the singular where it is one: "1 image", "1,797 images", "62 classes"."""
    if number != 1:
        noun += "es" if noun.endswith("s") else "s"
    return f"{number:,} {noun}"
