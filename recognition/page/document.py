"""What stands in the page: its style, its script, and a policy that lets a browser run nothing else."""

from base64 import b64encode
from hashlib import sha256
from pathlib import Path

from recognition.page.joining import join_modules

PAGE = Path(__file__).parent
STATIC = PAGE / "static"


def page_contents(modules=(STATIC,)):
    """Return what the template of the page has in it, so that it takes one request.

    Parameters
    ----------
    modules : sequence of pathlib.Path, optional
        Folders of the modules, as for `join_modules`.

    Returns
    -------
    contents : dict of str
        The `style`, the `script` with all its modules, and the `policy`: a Content-Security-Policy that allows these
        by their hashes, and no request.
    """
    style, script = (STATIC / "page.css").read_text(encoding="utf-8"), join_modules("page.js", modules)
    allowed = f"script-src {hash_of(script)}; style-src {hash_of(style)}"
    policy = f"default-src 'none'; {allowed}; base-uri 'none'; form-action 'none'"
    return {"style": style, "script": script, "policy": policy}


def hash_of(text):
    """Return what a Content-Security-Policy must name to allow a script or style, `'sha256-...'`."""
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode('ascii')}'"
