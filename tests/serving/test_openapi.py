import pytest
from questions import BLANK, FLAT_TWO, TWO

from recognition.serving.admission import Settings
from recognition.serving.application import build_application
from recognition.serving.openapi import openapi_document

hypothesis = pytest.importorskip("hypothesis", reason="pip install -r tests/requirements.txt")
schemathesis = pytest.importorskip("schemathesis", reason="pip install -r tests/requirements.txt")
jsonschema = pytest.importorskip("jsonschema", reason="pip install -r tests/requirements.txt")
checks = pytest.importorskip("schemathesis.specs.openapi.checks")
validator = pytest.importorskip("openapi_spec_validator", reason="pip install -r tests/requirements.txt")


HEALTH = list(hypothesis.HealthCheck)


@pytest.fixture(scope="module")
def document(project):
    from recognition.inference import artifact

    return openapi_document(artifact.load("digits", project / "model"))


GETS = ["/model", "/report", "/metrics", "/health/live", "/health/ready", "/"]
RIGHT, WRONG = schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE
CASES = [
    *((path, mode) for path in ("/prediction", "/correction") for mode in (RIGHT, WRONG)),
    *((path, RIGHT) for path in GETS),
]
CHECKS = [
    schemathesis.checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
    checks.response_headers_conformance,
    checks.unsupported_method,
]
JSON_CHECKS = [*CHECKS, checks.positive_data_acceptance, checks.negative_data_rejection]


@pytest.mark.parametrize(("path", "mode"), CASES)
def test_what_is_described_is_what_happens(model, tmp_path, path, mode):
    app = build_application(lambda: model, Settings(collection=tmp_path))
    (operation,) = schemathesis.openapi.from_wsgi("/openapi.json", app)[path].values()

    @hypothesis.given(operation.as_strategy(generation_mode=mode))
    @hypothesis.settings(max_examples=25, deadline=None, derandomize=True, database=None, suppress_health_check=HEALTH)
    def holds(case):
        answer = case.call()
        told_by_schema = case.media_type == "application/json" and answer.status_code != 413
        case.validate_response(answer, checks=JSON_CHECKS if told_by_schema else CHECKS)

    holds()


def test_every_doubt_is_described(http, document):
    (prediction,) = http.post("/prediction", json={"instances": [BLANK]}).get_json()["predictions"]
    items = document["components"]["schemas"]["Answers"]["properties"]["predictions"]["items"]
    assert prediction.keys() <= items["properties"].keys()
    assert "doubt" in items["properties"]["characters"]["items"]["properties"]
    assert "doubt" not in items["required"]


def test_the_missing_report_is_a_page_or_a_problem(document):
    content = document["paths"]["/report"]["get"]["responses"]["404"]["content"]
    assert content.keys() == {"text/html", "application/problem+json"}


def test_the_document_is_openapi(document):
    validator.validate(document)
    assert document["openapi"].startswith("3.1")


def test_every_path_is_described(http, document):
    rules = {rule.rule for rule in http.application.url_map.iter_rules()} - {"/static/<path:filename>"}
    rules = {rule.replace("<", "{").replace(">", "}") for rule in rules}
    assert document["paths"].keys() == rules


def test_it_is_served(http, document):
    assert http.get("/openapi.json").get_json() == document


def test_the_token_is_described_where_it_is_wanted(model):
    document = openapi_document(model, Settings(token="a-token-of-some-length"))
    validator.validate(document)
    assert document["security"] == [{"token": []}]
    assert document["paths"]["/"]["get"]["security"] == []
    assert "401" in document["paths"]["/prediction"]["post"]["responses"]
    assert "401" not in document["paths"]["/health/live"]["get"]["responses"]


@pytest.mark.parametrize("instance", [FLAT_TWO, TWO, BLANK])
def test_instances_that_fit_are_described(document, instance):
    jsonschema.validate({"instances": [instance]}, document["components"]["schemas"]["Question"])


@pytest.mark.parametrize("instance", [FLAT_TWO[1:], [17, *FLAT_TWO[1:]], TWO[1:], ["0"] * 64, 0])
def test_instances_that_do_not_fit_are_not(document, instance):
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"instances": [instance]}, document["components"]["schemas"]["Question"])


def test_a_server_with_a_token_answers_401_as_described(model):
    app = build_application(lambda: model, Settings(token="a-token-of-some-length"))
    assert app.test_client().get("/openapi.json").status_code == 401
