"""The model in the page answers in Firefox, too: its colour on a screenshot tells, for which no driver is needed."""

import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_digits

from recognition.export.page import MODULES
from recognition.export.parameters import parameters_of
from recognition.page.joining import join_modules

FIREFOX = next(filter(None, map(shutil.which, ("firefox-esr", "firefox"))), None)
PAGE = """<!doctype html><body style="background: red">
<script type="application/json" id="model">{model}</script>
<script>{script}</script>
<script>
  const labels = answersToRows({rows}).map(answer => answer.label).join("");
  document.body.style.background = labels === "{labels}" ? "lime" : "blue";
</script>"""


@pytest.mark.skipif(FIREFOX is None, reason="the page is tried in Firefox, too, which is not installed")
def test_firefox_gives_the_same_labels(model, tmp_path):
    rows = load_digits().data[::9]
    contents = {
        "model": json.dumps(parameters_of(model.recognizer)),
        "script": join_modules("probe.js", [Path(__file__).parent, *MODULES]),
        "rows": rows.tolist(),
        "labels": "".join(one.label for one in model.recognizer.predict(rows)),
    }
    page, picture = tmp_path / "page.html", tmp_path / "picture.png"
    page.write_text(PAGE.format(**contents), encoding="utf-8")
    home = {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin", "MOZ_HEADLESS": "1"}
    command = [FIREFOX, "--headless", "--profile", str(tmp_path), "--screenshot", str(picture), page.as_uri()]
    subprocess.run(command, env=home, capture_output=True, check=True, timeout=100)
    with Image.open(picture) as taken:
        assert np.asarray(taken.convert("RGB"))[5, 5].tolist() == [0, 255, 0]
