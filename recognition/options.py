"""The parser of command lines, and types of options for it, which refuse anything else in a sentence."""

import math
import shlex
from argparse import ArgumentParser, ArgumentTypeError, RawDescriptionHelpFormatter
from pathlib import Path
from urllib.parse import urlsplit

SHORTEST_TOKEN = 16  # characters


class Parser(ArgumentParser):
    """Parses a command line that is described by the docstring of its script."""

    def __init__(self, description, **options):
        super().__init__(description=description, formatter_class=RawDescriptionHelpFormatter, **options)

    def print_help(self, file=None):
        """Print the help, or fail: argparse by itself says nothing of a disk that is full."""
        print(self.format_help(), end="", file=file, flush=True)


def share(text):
    """Return a number between 0 and 1."""
    number = float(text)
    if not 0 < number < 1:
        raise ArgumentTypeError(f"{text} is not between 0 and 1")
    return number


def seed(text):
    """Return a seed, a whole number from 0 to 2**32 - 1."""
    number = int(text)
    if not 0 <= number < 2**32:
        raise ArgumentTypeError(f"{text} is not between 0 and {2**32 - 1}")
    return number


def seconds(text):
    """Read a time above 0."""
    number = float(text)
    if not 0 < number < math.inf:
        raise ArgumentTypeError(f"{text} is no time to wait; give seconds above 0")
    return number


def positive(text):
    """Return a whole number above 0."""
    number = int(text)
    if number < 1:
        raise ArgumentTypeError(f"{text} is not above 0")
    return number


def port(text):
    """Return the number of a port, 0 for a free one."""
    number = int(text)
    if not 0 <= number <= 65535:
        raise ArgumentTypeError(f"{text} is no port; choose one from 0 to 65535")
    return number


def lookalikes(text):
    """Return a list of groups of classes of one character that are to be one class, as `oO0,1lI` lists them."""
    groups = text.split(",")
    short = [group for group in groups if len(group) < 2]
    if short:
        raise ArgumentTypeError(f"{short[0]!r} is no group of classes; give two characters or more, as in oO0,1lI")
    if twice := next((name for name in text.replace(",", "") if text.count(name) > 1), None):
        raise ArgumentTypeError(f"{twice!r} stands twice in {text}; a class is joined with others once")
    return groups


def origin(text):
    """Return the origin of a site as browsers send it: scheme, host, and port if it is not the usual one."""
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or text != f"{parts.scheme}://{parts.netloc}":
        raise ArgumentTypeError(f"{text} is no origin; give one such as https://example.org, without a path")
    return text


def token_in(path):
    """Return the token that is the first line of a file."""
    try:
        token = Path(path).read_text(encoding="ascii").partition("\n")[0].strip()
    except OSError as error:
        raise ArgumentTypeError(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ArgumentTypeError(f"{path} holds no token: it is not ASCII") from error
    if len(token) < SHORTEST_TOKEN or not token.isprintable() or " " in token:
        raise ArgumentTypeError(
            f"{path} begins with {len(token)} characters; a token has at least {SHORTEST_TOKEN}, and no space; "
            "make one: python -c 'import secrets; print(secrets.token_urlsafe())' > FILE"
        )
    return token


def without_folders(command):
    """Return a command line without the folders of this machine: of an absolute path only the name stays."""
    words = [f".../{Path(word).name}" if Path(word).is_absolute() else word for word in shlex.split(command)]
    return " ".join(word if word.startswith(".../") else shlex.quote(word) for word in words)
