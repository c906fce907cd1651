"""The functions of the routes that all models share ask who may, and tell of what a client reaches alone."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from keepfit import variables
from keepfit.adapters.aws.clients import client
from keepfit.adapters.aws.lambda_releases import LambdaReleases
from keepfit.runtime import access, predict_version
from keepfit.runtime.describe_models import respond
from keepfit.serving.access.process_quotas import ProcessQuotas
from keepfit.serving.access.quota_meter import Meter
from keepfit.serving.access.token_claims import grant_in
from keepfit.serving.release.invocation import Invocation
from keepfit.serving.repository.deployed import DeployedModel
from tests.unit.serving.access.asking import asked_by, problem_of
from tests.unit.training.runs.test_event_routing import subscription

ALL = "[scope/infer scope/read model/*]"
ONE = "[scope/infer scope/read model/delay]"


@pytest.fixture(autouse=True)
def two_models(training_stack: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variables.SUBSCRIPTIONS, "/keepfit/models")
    for model in ("delay", "price"):
        published = msgspec.structs.replace(
            subscription(model, "flights"), predict=f"predict-{model}", stack="arn:stack"
        )
        body = msgspec.json.encode(published).decode()
        client("ssm").put_parameter(Name=f"/keepfit/models/{model}", Value=body, Type="String")


def described(groups: str, route: str, **path: str) -> tuple[int, dict[str, Any]]:
    event = asked_by(groups, routeKey=f"GET {route}", pathParameters=path)
    event["requestContext"]["domainName"] = "api.example"
    return problem_of(respond(event))


@pytest.mark.parametrize("route", ["/v2", "/v2/models/{model}", "/openapi.json", "/docs"])
def test_descriptions_are_for_clients_that_may_read(route: str) -> None:
    status, told = described("[scope/infer model/*]", route, model="delay")
    assert (status, told["code"]) == (403, "not_allowed")
    assert "lacks the scope read" in told["detail"]


@pytest.mark.parametrize("scope", ["read", "infer"])
def test_clients_that_ask_a_model_may_see_whether_it_is_ready(scope: str) -> None:
    groups = f"[scope/{scope} model/delay]"
    assert described(groups, "/v2/models/{model}/ready", model="delay")[0] == 503  # nothing is released
    assert described(groups, "/v2/models/{model}/ready", model="price")[0] == 403


@pytest.mark.parametrize("route", ["/v2/health/live", "/v2/health/ready"])
def test_every_client_may_see_whether_the_server_is_there(route: str) -> None:
    assert described("[scope/write-features]", route)[0] == 200


def test_no_model_is_named_to_clients_that_do_not_reach_it() -> None:
    _, told = described("[scope/read model/delay model/gone]", "/v2/models/{model}", model="gone")
    assert told["detail"].endswith("those that are: delay")
    _, told = described("[scope/read model/*]", "/v2/models/{model}", model="gone")
    assert told["detail"].endswith("those that are: delay, price")


def test_a_version_is_asked_for_clients_that_reach_its_model_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, dict[str, Any]]] = []

    def invoke(releases: LambdaReleases, version: str, event: dict[str, Any]) -> Invocation:
        asked.append((f"{releases.function}:{version}", event))
        answer = json.dumps({"statusCode": 200, "body": "{}"}).encode()
        return Invocation(payload=answer)

    monkeypatch.setattr(LambdaReleases, "invoke", invoke)
    monkeypatch.setattr(DeployedModel, "lambda_version", lambda _self, version: str(version + 1))

    def status(groups: str, model: str) -> int:
        path = {"model": model, "version": "1"}
        response = predict_version.respond(asked_by(groups, pathParameters=path, body="{}"))
        return int(response["statusCode"])

    assert status("[scope/read model/*]", "delay") == 403
    assert status(ONE, "price") == 403
    assert asked == []
    assert status("[scope/infer model/delay tenant/acme]", "delay") == 200
    assert status(ALL, "price") == 200
    assert [name for name, _ in asked] == ["predict-delay:2", "predict-price:2"]
    # The version is told who asks, so that it meters the client and logs its tenant.
    grants = [grant_in(event) for _, event in asked]
    assert [grant and grant.tenant for grant in grants] == ["acme", None]


def test_a_client_of_another_model_reports_no_outcomes(context: SimpleNamespace) -> None:
    from keepfit.runtime.write_outcomes import respond as report  # noqa: PLC0415  duckdb's layer

    event = asked_by("[scope/write-outcomes model/price]", pathParameters={"model": "delay"}, body="{}")
    status, told = problem_of(report(event))
    assert (status, told["code"]) == (403, "model_not_allowed")


def test_routes_of_all_models_count_what_a_client_with_a_quota_sends(monkeypatch: pytest.MonkeyPatch) -> None:
    meter = Meter(ProcessQuotas(), lambda _reason: None)
    monkeypatch.setattr(access, "_meter", lambda: meter)
    client_s = "[scope/read scope/write-outcomes model/* per-day/2]"
    assert described(client_s, "/v2/models/{model}/ready", model="delay")[0] == 503
    assert described(client_s, "/v2", model="delay")[0] == 200
    status, told = described(client_s, "/v2/health/live")
    assert (status, told["code"]) == (429, "quota_exceeded")
    assert told["error"] == told["detail"]
    assert described("[scope/read model/*]", "/v2/health/live")[0] == 200
