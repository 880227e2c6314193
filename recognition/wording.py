"""Numbers with their nouns, for people."""


def counted(number, noun):
    """Return a number with its noun, in the singular where it is one: "1 image", "1,797 images", "62 classes"."""
    if number != 1:
        noun += "es" if noun.endswith("s") else "s"
    return f"{number:,} {noun}"
