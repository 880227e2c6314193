"""What options on a command line may be: types for argparse, which refuse anything else in a sentence."""

from argparse import ArgumentTypeError


def share(text):
    """Read a number between 0 and 1."""
    number = float(text)
    if not 0 < number < 1:
        raise ArgumentTypeError(f"{text} is not between 0 and 1")
    return number


def seed(text):
    """Read a seed: a whole number from 0 to 2**32 - 1."""
    number = int(text)
    if not 0 <= number < 2**32:
        raise ArgumentTypeError(f"{text} is not between 0 and {2**32 - 1}")
    return number


def positive(text):
    """Read a whole number above 0."""
    number = int(text)
    if number < 1:
        raise ArgumentTypeError(f"{text} is not above 0")
    return number


def port(text):
    """Read a port number."""
    number = int(text)
    if not 0 <= number <= 65535:
        raise ArgumentTypeError(f"{text} is no port; choose one from 0 to 65535")
    return number
