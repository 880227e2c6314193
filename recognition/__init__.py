"""The front door of the library: load a trained model, and ask it. Nothing is imported before that."""


def load(name="digits"):
    """Load a model that `training.py` has saved.

    Parameters
    ----------
    name : str
        Name under which it was trained.

    Returns
    -------
    model : recognition.inference.artifact.Model
        Its `read` takes a picture and returns a `Reading` with `label`, `confidence`, `recognized` and `characters`;
        its `predict` takes rows of grey levels and returns a list of `Prediction`.

    Raises
    ------
    recognition.errors.ModelError
        If it is missing, damaged, or made by versions that do not fit.
    """
    from recognition.inference import artifact

    return artifact.load(name)
