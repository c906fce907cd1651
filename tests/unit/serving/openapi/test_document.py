"""The description of the API says what the API does: its examples are taken, its schemas hold of answers."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import jsonschema
import pytest
from openapi_spec_validator import validate

from keepfit.errors import InvalidRequest
from keepfit.features.schema.signature import Column, Lookup, Signature
from keepfit.serving.access.grant import Grant
from keepfit.serving.access.quota import Quota
from keepfit.serving.access.refusals import denied, too_many
from keepfit.serving.inference.instances import InstanceDecoder
from keepfit.serving.openapi.document import openapi
from keepfit.serving.openapi.inference import example_request
from keepfit.serving.openapi.instances import example_instance, instance_schema
from keepfit.serving.openapi.page import docs_page
from keepfit.serving.requests.predictor import Predictor
from keepfit.tasks.spec import IntervalSpec, TaskSpec
from tests.unit.serving.repository.test_deployed import deployed, entry
from tests.unit.serving.support.small_model import SIGNATURE, instances, scorer

KINDS = [
    Column(name="distance", source="input", type="float", min=5, max=9000),
    Column(name="below", source="input", type="float", max=-2.5, nullable=True),
    Column(name="stops", source="input", type="int", min=3),
    Column(name="abroad", source="input", type="bool"),
    Column(name="carrier", source="input", type="category", vocabulary=["UA"]),
    Column(name="remark", source="input", type="text", nullable=True),
    Column(name="departure", source="input", type="timestamp"),
    Column(name="landing", source="input", type="timestamp", format="%d.%m.%Y %H:%M"),
    Column(name="seen", source="input", type="timestamp", format="epoch_ms"),
    Column(name="words", source="input", type="vector", length=3),
    Column(name="photo", source="input", type="image", size=[8, 8]),
    Column(name="dropped", source="input", type="float", read=False, optional=True),
]
TASKS = [
    TaskSpec(kind="binary"),
    TaskSpec(kind="multiclass", classes=["a", "b"]),
    TaskSpec(kind="regression"),
    TaskSpec(kind="regression", interval=IntervalSpec(level=0.9, low=-1, high=1)),
]


def signature(*columns: Column, **others: Any) -> Signature:
    return Signature(model="delay", label="late", event_time=None, columns=list(columns), **others)


def described(task: TaskSpec) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(json.dumps(openapi([deployed(task, moves=(entry(1, 1.0, None),))])))
    return document


def check(instance: Any, schema: dict[str, Any], document: dict[str, Any]) -> None:
    jsonschema.Draft202012Validator({**schema, "components": document["components"]}).validate(instance)


@pytest.mark.parametrize("task", TASKS, ids=lambda task: f"{task.kind} {task.interval is not None}")
def test_the_document_is_openapi(task: TaskSpec) -> None:
    document = described(task)
    validate(document)
    assert "/models/delay/predict" in document["paths"]


@pytest.mark.parametrize("task", TASKS, ids=lambda task: f"{task.kind} {task.interval is not None}")
def test_the_route_of_outcomes_takes_what_the_model_predicts(task: TaskSpec) -> None:
    model = replace(deployed(task, moves=(entry(1, 1.0, None),)), takes_outcomes=True)
    document = json.loads(json.dumps(openapi([model])))
    validate(document)
    route = document["paths"]["/models/delay/outcomes"]["post"]
    content = route["requestBody"]["content"]["application/json"]
    check(content["example"], content["schema"], document)
    reported = route["responses"]["202"]["content"]["application/json"]["schema"]
    check({"model": "delay", "event_id": "a", "accepted": 1, "refused": []}, reported, document)
    assert "/models/delay/outcomes" not in described(task)["paths"]


def test_a_model_without_a_release_is_not_in_it() -> None:
    document = openapi([deployed(TaskSpec(kind="binary"))])
    validate(json.loads(json.dumps(document)))
    assert not [path for path in document["paths"] if "delay" in path]


@pytest.mark.parametrize("column", KINDS, ids=lambda column: column.name)
def test_an_example_is_what_its_schema_says_and_what_the_model_takes(column: Column) -> None:
    one = signature(column)
    given, schema = example_instance(one), instance_schema(one)
    jsonschema.Draft202012Validator(schema).validate(given)
    [decoded] = InstanceDecoder(one).decode(json.dumps({"instances": [given]})).instances
    assert decoded.f0 is not None


@pytest.mark.parametrize("column", KINDS, ids=lambda column: column.name)
def test_what_a_schema_does_not_allow_is_refused(column: Column) -> None:
    one, wrong = signature(column), {"type": "object"}
    schema = instance_schema(one)
    validator = jsonschema.Draft202012Validator(schema)
    for given in ({column.name: wrong}, {column.name: [wrong]}, {**example_instance(one), "gate": 7}):
        assert not validator.is_valid(given)
        with pytest.raises(InvalidRequest, match=r"see the errors|cannot be read"):
            InstanceDecoder(one).decode(json.dumps({"instances": [given]}))


def test_a_real_answer_and_a_real_refusal_are_what_the_document_says() -> None:
    predictor = Predictor(scorer=scorer(), model="flight_delay", version=1, log=lambda _: None)
    document = described(SIGNATURE.task)
    told = document["paths"]["/models/delay/predict"]["post"]["responses"]
    answer = predictor.answer({"body": json.dumps({"instances": instances(2)})})
    refused = predictor.answer({"body": "{}"})
    assert (answer["statusCode"], refused["statusCode"]) == (200, 400)
    check(json.loads(answer["body"]), told["200"]["content"]["application/json"]["schema"], document)
    problem = told["400"]["content"]["application/problem+json"]["schema"]
    check(json.loads(refused["body"]), problem, document)


def test_the_tensors_shown_are_a_request_that_the_model_takes() -> None:
    predictor = Predictor(scorer=scorer(), model="flight_delay", version=1, log=lambda _: None)
    asked = example_request(SIGNATURE)
    headers = {"content-type": "application/json"}
    event = {"routeKey": "POST /v2/models/flight_delay/infer", "headers": headers, "body": json.dumps(asked)}
    answer = predictor.answer(event)
    assert answer["statusCode"] == 200, answer["body"]
    check(
        json.loads(answer["body"]),
        {"$ref": "#/components/schemas/InferenceResponse"},
        described(SIGNATURE.task),
    )
    photo = Column(name="photo", source="input", type="image", size=[8, 8])
    assert example_request(signature(photo)) is None
    words = Column(name="words", source="input", type="vector", length=3)
    assert example_request(signature(words)) == {
        "inputs": [
            {
                "name": "words",
                "datatype": "FP64",
                "shape": [1, 3],
                "data": example_instance(signature(words))["words"],
            }
        ]
    }


def test_paths_name_the_models_that_there_are() -> None:
    document = described(TASKS[0])
    [model, version] = document["paths"]["/v2/models/{model}/versions/{version}"]["get"]["parameters"]
    assert model["schema"] == {"type": "string", "enum": ["delay"]}
    assert version["schema"]["pattern"] == "^[0-9]+$"


@pytest.mark.parametrize(
    "route", ["/models/{model}/predict", "/v2/models/{model}/infer", "/v2/models/{model}"]
)
def test_refusals_of_clients_are_what_the_document_says(route: str) -> None:
    document, wait = described(TASKS[0]), too_many(Quota(rate=1), 0.5, route)
    lacking = denied(Grant(scopes=frozenset(), models=frozenset()), route, "delay")
    [told] = document["paths"].get(route.replace("{model}", "delay"), document["paths"].get(route)).values()
    assert (lacking["statusCode"], wait["statusCode"]) == (403, 429)
    for refused in (lacking, wait):
        content = told["responses"][str(refused["statusCode"])]["content"]
        schema = content[refused["headers"]["content-type"]]["schema"]
        check(json.loads(refused["body"]), schema, document)


def test_what_is_looked_up_need_not_be_sent_and_its_keys_may_be() -> None:
    station = Column(name="station", source="input", type="category", vocabulary=["north"])
    lookup = Lookup(
        view="weather",
        entity=[station],
        features=["distance"],
        delay_s=0,
        ttl_s=60,
        timeless=False,
        on_outage="fail",
    )
    schema = instance_schema(signature(*KINDS[:2], lookups=[lookup]))
    assert schema["required"] == ["below"]
    assert {"distance", "below", "station"} == schema["properties"].keys()


def test_the_page_has_every_route_and_fetches_nothing() -> None:
    document = described(TaskSpec(kind="binary"))
    page = docs_page(document, "https://api.example.com")
    for path in document["paths"]:
        assert path in page
    assert "https://api.example.com/models/delay/predict" in page
    assert page.count("http") == page.count("https://api.example.com") + page.count("http-equiv")
    assert "<script" not in page
