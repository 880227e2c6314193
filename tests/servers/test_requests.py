import pytest
from project import launched, serving

from recognition.serving.admission import Settings
from recognition.serving.application import build_application

SITE, TOKEN = "https://example.org", "a-token-of-some-length"


@pytest.fixture(scope="module", params=["built-in", "workers"])
def url(request, project, model, tmp_path_factory):
    """The address of each server in turn, which lets another site in and wants a token."""
    if request.param == "built-in":
        with serving(build_application(lambda: model, Settings(token=TOKEN, cors=SITE))) as server:
            yield "http://{}:{}".format(*server.server_address)
    else:
        pytest.importorskip("uvicorn", reason="workers are an extra: pip install 'uvicorn[standard]'")
        file = tmp_path_factory.mktemp("token") / "token"
        file.write_text(TOKEN, encoding="ascii")
        with launched(project, "--workers", "1", "--token-file", str(file), "--cors", SITE) as url:
            yield url
