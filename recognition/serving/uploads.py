"""Pictures out of a request: form parts named `file`, or the body."""

import io

from werkzeug.exceptions import BadRequest, RequestEntityTooLarge, UnsupportedMediaType

from recognition.errors import ImageError, TooLargeError
from recognition.inference.reading import read

MAX_PICTURES = 100
PICTURE_TYPES = {f"image/{kind}" for kind in ("png", "jpeg", "gif", "bmp", "x-ms-bmp", "webp", "tiff")}


def pictures_of(request):
    """Take the pictures out of a request.

    Parameters
    ----------
    request : flask.Request
        Of multipart/form-data, or a picture itself.

    Returns
    -------
    pictures : list of (str, bytes)
        What messages begin with, to name one of several, and the content.

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
        raise UnsupportedMediaType(
            f"the content type is {request.mimetype or 'missing'}; send application/json, multipart/form-data with "
            f"pictures in parts named file, or a picture as {', '.join(sorted(PICTURE_TYPES))}"
        )
    return form_pictures(request)


def form_pictures(request):
    """Take the pictures out of a form: list of (str, bytes), as `pictures_of` does."""
    if request.mimetype != "multipart/form-data":
        raise UnsupportedMediaType(
            f"the content type is {request.mimetype or 'missing'}; send multipart/form-data with a picture in file"
        )
    files = request.files.getlist("file")
    if not files:
        raise BadRequest("the form has no picture; send one or more in parts named file, each with a file name")
    if len(files) > MAX_PICTURES:
        raise RequestEntityTooLarge(f"{len(files)} pictures; send at most {MAX_PICTURES} at once")
    names = [f"picture {number} ({file.filename}): " if len(files) > 1 else "" for number, file in enumerate(files)]
    contents = []
    for file in files:
        contents.append(file.read())
        file.close()  # a large one is on the disk
    return list(zip(names, contents, strict=True))


def read_picture(recognizer, name, content, seen):
    """Recognise a picture of a request.

    Parameters
    ----------
    recognizer : Recognizer
        Of the model.
    name : str
        What messages begin with.
    content : bytes
        Of the picture.
    seen : bool
        Show what the model saw.

    Returns
    -------
    answer : dict
        Of the HTTP contract.

    Raises
    ------
    werkzeug.exceptions.RequestEntityTooLarge
        If it has too many pixels.
    werkzeug.exceptions.BadRequest
        If it cannot be read, or nothing is on it.
    """
    try:
        return read(recognizer, io.BytesIO(content)).as_dict(recognizer.full, seen)
    except TooLargeError as error:
        raise RequestEntityTooLarge(f"{name}{error}") from error
    except ImageError as error:
        raise BadRequest(f"{name}{error}") from error
