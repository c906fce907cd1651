from __future__ import annotations

import gzip
import json
import re
from typing import Any

import pytest
import urllib3

from cli.clients.token import bearer_token
from keepfit.layout import ModelScope
from keepfit.registry.versions import read_files
from keepfit.serving.inference.scorer import Scorer
from tests.e2e.loop import world
from tests.e2e.loop.product import MODEL, Product


def instances(count: int) -> list[dict[str, Any]]:
    return [dict(instance) for instance in world.january_requests()[:count]]


def test_the_first_upload_is_trained_on_and_released(released: Product) -> None:
    first = released.deployment.ledger(MODEL).entries()[0]
    assert (first.action, first.version, first.weight, first.previous_version) == ("promote", 1, 1.0, None)
    run = released.deployment.runs(MODEL).find(str(first.run_id))
    assert run is not None
    assert run.trigger.kind == "upload"
    # Either of the two: whichever of their events comes last finds both.
    assert run.trigger.dataset in ("flights", "weather")
    assert (run.outcome, run.version, run.data) == ("released", 1, {"flights": 1, "weather": 1})


def test_it_was_asked_over_https_before_any_client(released: Product) -> None:
    first = released.deployment.ledger(MODEL).entries()[0]
    found = released.keepfit("runs", "show", str(first.run_id))["system_tests"]
    assert [(each["name"], each["problem"]) for each in found["requests"]] == [
        ("golden requests", None),
        ("the first golden request alone", None),
        ("a malformed body", None),
        ("an unknown field", None),
        ("features that are looked up", None),
    ]
    assert (found["version"], found["lambda_version"]) == (1, first.lambda_version)
    assert 0 < found["warm_ms"] < found["cold_ms"]
    gates = {
        each["gate"]: each["outcome"] for each in released.keepfit("gates", MODEL, str(first.run_id))["gates"]
    }
    assert (gates["golden"], gates["system_tests"]) == ("passed", "passed")


def test_a_client_gets_a_prediction_a_probability_and_an_id_for_each_instance(released: Product) -> None:
    answer = released.ask(instances(50))
    assert answer.status == 200
    assert answer.body["model"] == MODEL
    assert answer.body["model_version"] == released.champion.version
    assert answer.body["predictions"] == [p >= 0.5 for p in answer.body["probabilities"]]
    assert len(answer.body["probabilities"]) == 50
    assert len({i for i in answer.body["prediction_ids"] if re.fullmatch("[0-9a-f]{32}", i)}) == 50


def test_the_answers_are_the_scores_of_the_registered_files(released: Product) -> None:
    version = released.deployment.versions(MODEL).get(released.champion.version)
    files = read_files(released.deployment.artifacts, version, ["model.onnx", "signature.json"])
    scorer = Scorer.load(files["model.onnx"], files["signature.json"])
    asked = instances(400)
    expected = scorer.score(scorer.decode(json.dumps({"instances": asked}))).tolist()
    answer = released.ask(asked)
    assert answer.body["probabilities"] == pytest.approx(expected, abs=1e-7)
    one = released.ask(asked[:1])
    assert one.body["probabilities"] == pytest.approx(expected[:1], abs=1e-6)
    assert ModelScope(MODEL).version(version.version) + "model.onnx" in released.deployment.artifacts.list(
        f"models/{MODEL}/"
    )


def test_an_answer_is_explained_by_what_was_released_with_the_model(released: Product) -> None:
    body = json.dumps({"instances": instances(5), "explain": True}).encode()
    answer = released.post(body, bearer_token(released.deployment))
    explained = answer.body["explanation"]
    for row, score in enumerate(explained["scores"]):
        added = sum(values[row] for values in explained["contributions"].values())
        assert explained["base"] + added == pytest.approx(score)
    told = released.ask(instances(5)).body["probabilities"]
    assert answer.body["probabilities"] == pytest.approx(told, abs=1e-6)


def test_a_packed_body_is_answered_like_the_plain_one(released: Product) -> None:
    token, body = bearer_token(released.deployment), json.dumps({"instances": instances(400)}).encode()
    packed = gzip.compress(body)
    assert len(packed) < len(body) / 4
    plain, answer = released.post(body, token), released.post(packed, token, encoding="gzip")
    assert (plain.status, answer.status) == (200, 200)
    assert answer.body["probabilities"] == plain.body["probabilities"]


@pytest.mark.parametrize(
    ("body", "encoding", "status", "code"),
    [
        (b"not packed", "gzip", 400, "invalid_encoding"),
        (gzip.compress(b" " * 50_000_000), "gzip", 413, "body_too_large"),
        (b"{}", "br", 415, "unsupported_encoding"),
    ],
    ids=["no gzip", "a bomb", "another encoding"],
)
def test_a_body_that_cannot_be_unpacked_is_refused(
    released: Product, body: bytes, encoding: str, status: int, code: str
) -> None:
    answer = released.post(body, bearer_token(released.deployment), encoding=encoding)
    assert (answer.status, answer.body["code"]) == (status, code)
    assert released.ask(instances(1)).status == 200


@pytest.mark.parametrize(
    "token", [None, "", "garbage", "e30.e30.e30"], ids=["none", "empty", "garbage", "unsigned"]
)
def test_nobody_is_answered_without_a_token_of_the_user_pool(released: Product, token: str | None) -> None:
    body = json.dumps({"instances": instances(1)}).encode()
    answer = released.post(body, token)
    assert answer.status == 401
    assert "probabilities" not in json.dumps(answer.body)


def test_a_token_that_was_changed_is_no_token(released: Product) -> None:
    header, claims, signature = bearer_token(released.deployment).split(".")
    forged = ".".join([header, claims, ("A" if signature[0] != "A" else "B") + signature[1:]])
    assert released.post(json.dumps({"instances": instances(1)}).encode(), forged).status == 401


def test_a_client_that_was_let_in_gets_its_token_without_any_aws_rights(released: Product) -> None:
    made = released.keepfit("clients", "add", "billing")
    headers = {
        "content-type": "application/x-amz-json-1.1",
        "x-amz-target": "AWSCognitoIdentityProviderService.InitiateAuth",
    }
    pool = urllib3.PoolManager(ca_certs=str(released.deployment.place.ca_bundle))
    ask = json.dumps(made["request"])
    token = pool.request("POST", made["token_url"], body=ask, headers=headers).json()
    body = json.dumps({"instances": instances(1)}).encode()
    assert released.post(body, token["AuthenticationResult"]["IdToken"]).status == 200

    assert "billing" in [client["client"] for client in released.keepfit("clients")]
    released.keepfit("clients", "remove", "billing")
    assert pool.request("POST", made["token_url"], body=ask, headers=headers).status == 400


def test_a_token_that_was_made_for_another_api_is_refused(released: Product) -> None:
    cognito, pool = released.client("cognito-idp"), released.deployment.platform("UserPoolId")
    other = cognito.create_user_pool_client(
        UserPoolId=pool, ClientName="other", ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"]
    )["UserPoolClient"]["ClientId"]
    request = released.keepfit("clients", "add", "shipping")["request"]
    token = cognito.initiate_auth(**{**request, "ClientId": other})["AuthenticationResult"]["IdToken"]
    assert released.post(json.dumps({"instances": instances(1)}).encode(), token).status == 401


WRONG = {
    "an unknown field": ({"gate": 7}, "gate"),
    "a wrong type": ({"distance": "far"}, "distance"),
    "a null that may not be": ({"carrier": None}, "carrier"),
    "out of bounds": ({"distance": -1.0}, "distance"),
    "no instant": ({"scheduled_departure": "tomorrow"}, "scheduled_departure"),
    "a missing field": ({"origin": ...}, "origin"),
}


@pytest.mark.parametrize("change", WRONG.values(), ids=WRONG.keys())
def test_a_request_that_cannot_be_answered_is_told_row_and_field(
    released: Product, change: tuple[dict[str, Any], str]
) -> None:
    asked, (changes, field) = instances(3), change
    asked[1] = {name: value for name, value in {**asked[1], **changes}.items() if value is not ...}
    answer = released.ask(asked)
    assert answer.status == 400
    assert answer.body["code"] == "invalid_instances"
    [detail] = answer.body["errors"]
    assert (detail["row"], detail["field"]) == (1, field)
    assert detail["message"]


@pytest.mark.parametrize("literal", ["NaN", "Infinity", "1e999"])
def test_what_is_no_number_is_refused(released: Product, literal: str) -> None:
    asked = instances(2)
    asked[1]["distance"] = "HERE"
    body = json.dumps({"instances": asked}).replace('"HERE"', literal).encode()
    answer = released.post(body, bearer_token(released.deployment))
    assert answer.status == 400
    [detail] = answer.body["errors"]
    assert (detail["row"], detail["field"]) == (1, "distance")


def test_requests_over_the_limits_are_refused_before_they_are_scored(released: Product) -> None:
    token = bearer_token(released.deployment)
    many = released.post(json.dumps({"instances": [{}] * 10_001}).encode(), token)
    assert (many.status, many.body["code"]) == (413, "too_many_instances")
    large = released.post(b'{"instances": [' + b" " * 4_500_000 + b"]}", token)
    assert (large.status, large.body["code"]) == (413, "body_too_large")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"instances": []}', b'{"rows": []}', b"\xff\xfe"])
def test_a_body_that_is_no_request_is_refused(released: Product, body: bytes) -> None:
    assert released.post(body, bearer_token(released.deployment)).status == 400
