"""The pictures of a request, from a form or its body, each opened when it is its turn; and what a turn is."""

import io
import threading
from contextlib import contextmanager

from werkzeug.exceptions import BadRequest, RequestEntityTooLarge, UnsupportedMediaType

from recognition.errors import ImageError, TooLargeError
from recognition.imaging.pixels import open_picture
from recognition.serving.problems import coded, overloaded

MAX_PICTURES = 100
PICTURE_TYPES = {f"image/{kind}" for kind in ("png", "jpeg", "gif", "bmp", "x-ms-bmp", "webp", "tiff")}
PATIENCE = 10.0  # seconds a request waits for its turn
WAITING = 40  # requests with pictures; the others are told to come again
LARGE = 12_000_000  # pixels; a phone's photo has about that, and takes some 100 MB while it is read


class ConcurrencyLimit:
    """A limit on the threads that do something at a time; a few more may wait.

    Threads that predict side by side take Python's one lock from each other at every step, and are slower than one
    after the other; and what they read takes memory.

    Parameters
    ----------
    at_once : int
        Threads inside.
    waiting : int
        Threads that may wait.
    """

    def __init__(self, at_once, waiting):
        self._inside = threading.BoundedSemaphore(at_once)
        self._near = threading.BoundedSemaphore(at_once + waiting)

    @contextmanager
    def turn(self):
        """Wait for a turn, and keep it for the block.

        Raises
        ------
        werkzeug.exceptions.ServiceUnavailable
            If too many wait, or the turn did not come in time.
        """
        if not self._near.acquire(blocking=False):
            raise overloaded("too many requests are waiting")
        try:
            if not self._inside.acquire(timeout=PATIENCE):
                raise overloaded(f"it was not this request's turn within {PATIENCE:g} s")
            try:
                yield
            finally:
                self._inside.release()
        finally:
            self._near.release()


PICTURES, LARGE_PICTURES = ConcurrencyLimit(2, WAITING), ConcurrencyLimit(1, WAITING)  # of the process


def pictures_of(request):
    """Return the pictures of a request.

    Parameters
    ----------
    request : flask.Request
        A form of multipart/form-data, or a picture itself.

    Returns
    -------
    pictures : list of (str, bytes)
        Of each what messages about it begin with, which names one of several, and its content.

    Raises
    ------
    werkzeug.exceptions.UnsupportedMediaType
        If it is of another type.
    werkzeug.exceptions.RequestEntityTooLarge
        If there are too many.
    werkzeug.exceptions.BadRequest
        If there is none.
    """
    if request.mimetype in PICTURE_TYPES:
        return [("", request.get_data())]
    if request.mimetype != "multipart/form-data":
        remedy = (
            "save the picture as JPEG or PNG, and send that"
            if request.mimetype.startswith("image/")
            else "send application/json, multipart/form-data with pictures in parts named file, or a picture as "
            + ", ".join(sorted(PICTURE_TYPES))
        )
        raise UnsupportedMediaType(f"the content type is {request.mimetype or 'missing'}; {remedy}")
    return form_pictures(request)


def form_pictures(request):
    """Return a list of the pictures of a form, as `pictures_of` does."""
    if request.mimetype != "multipart/form-data":
        raise UnsupportedMediaType(
            f"the content type is {request.mimetype or 'missing'}; send multipart/form-data with a picture in file"
        )
    files = request.files.getlist("file")
    if not files:
        raise BadRequest("the form has no picture; send one or more in parts named file, each with a file name")
    if len(files) > MAX_PICTURES:
        many = f"{len(files)} pictures; send at most {MAX_PICTURES} at once"
        raise coded("too_many_pictures", RequestEntityTooLarge(many))
    pictures = []
    for number, file in enumerate(files):
        pictures.append((f"picture {number} ({file.filename}): " if len(files) > 1 else "", file.read()))
        file.close()  # a large one is on the disk
    return pictures


@contextmanager
def opened(content, name=""):
    """Open a picture when it is its turn, and keep the turn for the block.

    Parameters
    ----------
    content : bytes
        Content of the picture.
    name : str
        Beginning of messages.

    Yields
    ------
    picture : PIL.Image.Image
        The picture, as `open_picture` returns it.

    Raises
    ------
    werkzeug.exceptions.RequestEntityTooLarge
        If it has too many pixels, here or in the block.
    werkzeug.exceptions.BadRequest
        If it cannot be read, or nothing is on it.
    werkzeug.exceptions.ServiceUnavailable
        If too many wait.
    """
    try:
        with PICTURES.turn(), open_picture(io.BytesIO(content)) as picture:
            if not _is_large(picture):
                yield picture
                return
        with LARGE_PICTURES.turn(), open_picture(io.BytesIO(content)) as picture:
            yield picture
    except TooLargeError as error:
        raise coded(error.code, RequestEntityTooLarge(f"{name}{error}")) from error
    except ImageError as error:
        raise coded(error.code, BadRequest(f"{name}{error}")) from error


def _is_large(picture):
    return picture.width * picture.height > LARGE
