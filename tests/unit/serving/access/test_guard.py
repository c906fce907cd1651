from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from keepfit.serving.access.guard import Guard
from keepfit.serving.access.process_quotas import ProcessQuotas
from keepfit.serving.access.quota import Quota
from keepfit.serving.access.quota_meter import Meter
from keepfit.serving.access.tenant_metrics import TenantMetrics
from keepfit.serving.metric_lines import EVERY_S
from localcloud.overlay.log_ingestion import embedded_metrics
from tests.unit.serving.access.asking import asked_by, problem_of

PREDICT, INFER = "POST /models/lateness/predict", "POST /v2/models/lateness/infer"


class Asked:
    """A guarded model that says what it was asked, and the lines of metrics."""

    def __init__(self, quota: Quota | None = None) -> None:
        self.told: list[str] = []
        self.events: list[Mapping[str, Any]] = []
        self.lines: list[bytes] = []
        self.guard = Guard(
            self._answer,
            model="lateness",
            write=self.lines.append,
            quota=quota,
            meter=lambda: Meter(ProcessQuotas(), self.told.append, now=lambda: 1_000_000.0),
        )

    def _answer(self, event: Mapping[str, Any]) -> dict[str, Any]:
        self.events.append(event)
        return {"statusCode": 200, "body": "{}"}

    def status(self, event: dict[str, Any]) -> int:
        return int(self.guard.answer(event)["statusCode"])


@pytest.mark.parametrize(
    "groups", [None, "[feature-writers]", "[scope/infer model/*]", "[scope/infer model/lateness]"]
)
def test_clients_that_may_infer_are_answered_with_their_request_as_it_is(groups: str | None) -> None:
    asked, event = Asked(), asked_by(groups, routeKey=PREDICT, body="{}")
    assert asked.status(event) == 200
    assert asked.events == [event]


@pytest.mark.parametrize("event", [{"routeKey": PREDICT}, {"golden": True}])
def test_system_tests_and_replays_are_answered_without_a_token(event: dict[str, Any]) -> None:
    assert Asked().status(event) == 200


@pytest.mark.parametrize(
    ("groups", "code"),
    [
        ("[scope/read model/*]", "not_allowed"),
        ("[scope/write-features scope/write-outcomes model/*]", "not_allowed"),
        ("[scope/infer model/price]", "model_not_allowed"),
        ("[scope/infer]", "model_not_allowed"),
    ],
)
@pytest.mark.parametrize("route", [PREDICT, INFER])
def test_clients_that_may_not_are_refused_and_the_model_is_not_asked(
    groups: str, code: str, route: str
) -> None:
    asked = Asked()
    status, told = problem_of(asked.guard.answer(asked_by(groups, routeKey=route)))
    assert (status, told["code"], asked.events) == (403, code, [])
    assert ("error" in told) == (route == INFER)


def test_a_model_named_like_the_protocol_answers_rows_as_every_model() -> None:
    guard = Guard(lambda _event: {}, model="v2", write=lambda _lines: None, meter=_none)
    _, told = problem_of(guard.answer(asked_by("[scope/read]", routeKey="POST /models/v2/predict")))
    assert "error" not in told


def test_a_client_says_for_which_tenant_it_asks_and_nobody_can_for_another() -> None:
    asked = Asked()
    own = "[scope/infer model/* tenant/acme]"
    asked.status(asked_by(own, headers={"tenant": "umbrella"}, body='{"tenant": "umbrella"}'))
    assert [event["tenant"] for event in asked.events] == ["acme"]


def test_requests_are_counted_by_tenant_in_lines_that_cloudwatch_reads() -> None:
    lines: list[bytes] = []
    clock = iter([100.0, 101.0, 102.0, 100.0 + EVERY_S])
    metrics = TenantMetrics("lateness", lines.append, now=lambda: next(clock))
    for tenant, refused in (("acme", False), ("acme", True), ("umbrella", False), ("acme", True)):
        metrics.asked(tenant, refused=refused)
    found = [
        (name, value, dimensions)
        for written in lines
        for line in written.decode().splitlines()
        for _, name, value, _, dimensions in embedded_metrics(line)
    ]
    acme, umbrella = ({"Model": "lateness", "Tenant": tenant} for tenant in ("acme", "umbrella"))
    assert found == [
        ("tenant_requests", 1, acme),
        ("tenant_refusals", 0, acme),
        ("tenant_requests", 2, acme),
        ("tenant_refusals", 2, acme),
        ("tenant_requests", 1, umbrella),
        ("tenant_refusals", 0, umbrella),
    ]
    assert all("kind" not in json.loads(line) for line in lines[0].splitlines())


@pytest.mark.parametrize("route", [PREDICT, INFER])
def test_a_client_that_has_used_up_its_quota_is_told_when_to_ask_again_and_asks_no_model(route: str) -> None:
    asked, event = Asked(), asked_by("[scope/infer model/* rate/0.5 burst/2]", routeKey=route)
    assert [asked.status(event) for _ in range(4)] == [200, 200, 429, 429]
    assert len(asked.events) == 2
    refused = asked.guard.answer(event)
    assert refused["headers"]["retry-after"] == "2"
    _, told = problem_of(refused)
    assert told["code"] == "quota_exceeded"
    assert told["detail"] == (
        "this client may send 0.5 requests a second (2 at once): send this again in 2 s"
    )


def test_the_quota_of_a_client_spoils_no_other_client() -> None:
    asked = Asked()
    busy, other = (asked_by("[scope/infer model/* per-day/1]", routeKey=PREDICT) for _ in range(2))
    other["requestContext"]["authorizer"]["jwt"]["claims"]["sub"] = "another"
    assert [asked.status(event) for event in (busy, busy, other, other)] == [200, 429, 200, 429]
    assert asked.status(asked_by(None, routeKey=PREDICT)) == 200


def test_a_model_has_a_quota_for_each_client_beside_their_own() -> None:
    asked = Asked(Quota(rate=1, burst=3))
    poor, rich = "[scope/infer model/* rate/1 burst/2]", "[scope/infer model/* rate/100]"
    assert [asked.status(asked_by(poor, routeKey=PREDICT)) for _ in range(3)] == [200, 200, 429]
    other = asked_by(rich, routeKey=PREDICT)
    other["requestContext"]["authorizer"]["jwt"]["claims"]["sub"] = "another"
    assert [asked.status(other) for _ in range(4)] == [200, 200, 200, 429]


def test_a_refusal_is_counted_for_the_tenant() -> None:
    asked = Asked()
    event = asked_by("[scope/infer model/* tenant/acme per-day/1]", routeKey=PREDICT)
    asked.status(event)
    assert json.loads(asked.lines[0])["tenant_refusals"] == 0


def test_system_tests_and_replays_are_not_metered() -> None:
    asked = Asked(Quota(per_day=1))
    assert [asked.status({"routeKey": PREDICT}) for _ in range(3)] == [200] * 3


def _none() -> Meter:
    raise AssertionError("nobody has a quota")
