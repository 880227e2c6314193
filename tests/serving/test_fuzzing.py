import pytest
from fuzzing import BOUNDARY, form, json_body, picture, pictures
from questions import FLAT_TWO

from recognition.serving.admission import Settings
from recognition.serving.application import build_application

hypothesis = pytest.importorskip("hypothesis", reason="pip install -r tests/requirements.txt")
CHANCE = hypothesis.strategies.randoms(use_true_random=False)
SOME = hypothesis.settings(max_examples=80, deadline=None, derandomize=True, database=None)
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")  # Pillow's, about spoilt pictures
FORM = f"multipart/form-data; boundary={BOUNDARY}"


@pytest.fixture(scope="module")
def ask(project, tmp_path_factory):
    """Post a body, check that the answer is one of those described, and that the server is as it was."""
    from recognition.inference import artifact

    model = artifact.load("digits", project / "model")
    http = build_application(lambda: model, Settings(collection=tmp_path_factory.mktemp("kept"))).test_client()
    paths = http.get("/openapi.json").get_json()["paths"]
    right = http.post("/prediction", json={"instances": [FLAT_TWO]}).data

    def check(path, kind, body):
        answer = http.post(path, data=body, content_type=kind)
        described = paths[path]["post"]["responses"][str(answer.status_code)]
        assert answer.mimetype in described["content"], answer.text
        assert http.post("/prediction", json={"instances": [FLAT_TWO]}).data == right
        return answer

    return check


def test_there_is_a_picture_of_many_formats():
    assert len({content[:3] for content in pictures()}) > 15


@hypothesis.given(CHANCE)
@SOME
def test_any_json_is_answered(ask, chance):
    ask("/prediction", "application/json", json_body(chance))


@hypothesis.given(hypothesis.strategies.binary(max_size=300))
@SOME
def test_any_bytes_are_answered(ask, body):
    for kind in ("application/json", FORM, "image/png"):
        ask("/prediction", kind, body)


@hypothesis.given(CHANCE)
@SOME
def test_any_spoilt_picture_is_answered(ask, chance):
    ask("/prediction", "image/png", picture(chance))


@pytest.mark.parametrize("path", ["/prediction", "/correction"])
@hypothesis.given(CHANCE)
@SOME
def test_any_form_is_answered(ask, path, chance):
    ask(path, FORM, form(chance))


@hypothesis.given(hypothesis.strategies.text(max_size=40))
@SOME
def test_any_content_type_is_answered(ask, kind):
    ask("/prediction", kind.encode("latin-1", "replace").decode("latin-1").replace("\n", "").replace("\r", ""), b"{}")
