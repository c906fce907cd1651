"""A release is asked over HTTPS on a weight of zero, and what is wrong with it ends it before a client."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec
import pytest

from keepfit.errors import (
    GoldenRequestsFailed,
    NotFound,
    ServiceUnavailable,
    Superseded,
    SystemTestsFailed,
)
from keepfit.registry.release_report import ReleaseReport
from keepfit.serving.release.invocation import HttpAnswer
from keepfit.serving.release.ports import NextRoute
from keepfit.serving.release.routing import Routing
from keepfit.serving.release.system_tests import TIMEOUT_S
from keepfit.training.gates_definition import GatesDefinition
from keepfit.training.model_tests.definition import ModelTestDefinition
from tests.unit.serving.support.releasing import Releasing
from tests.unit.serving.support.small_model import INSTANCE, constant_model, model

Answers = Callable[[HttpAnswer, bytes], HttpAnswer]


@dataclass
class Wire:
    """The route with something of its own on the way; ``asked`` are the bodies."""

    route: NextRoute
    change: Answers
    asked: list[bytes] = field(default_factory=list)

    def ask(self, body: bytes) -> HttpAnswer:
        self.asked.append(body)
        return self.change(self.route.ask(body), body)


def over(
    releasing: Releasing, change: Answers = lambda answer, _: answer, gates: GatesDefinition | None = None
) -> Wire:
    """From here on releases are asked over a wire, whose waits take no time."""
    testing = releasing.testing(gates or GatesDefinition())
    wire = Wire(testing.system.route, change)
    clock = iter(range(1_000_000))
    system = replace(testing.system, route=wire, sleep=lambda _: None, timer=lambda: float(next(clock)))
    releasing.preparation = replace(releasing.preparation, testing=replace(testing, system=system))
    return wire


def report(releasing: Releasing) -> ReleaseReport:
    return msgspec.json.decode(
        releasing.artifacts.get("runs/flight_delay/a-run/system_tests.json"), type=ReleaseReport
    )


def changed_body(**more: Any) -> Answers:
    return lambda answer, _: msgspec.structs.replace(
        answer, body=json.dumps({**json.loads(answer.body), **more}).encode()
    )


def refusals(change: Callable[[Mapping[str, Any]], Any], status: int = 400) -> Answers:
    """Refusals otherwise than they were; all else as it was."""

    def answered(answer: HttpAnswer, _body: bytes) -> HttpAnswer:
        if answer.status != 400:
            return answer
        body = json.dumps(change(json.loads(answer.body))).encode()
        return msgspec.structs.replace(answer, status=status, body=body)

    return answered


def test_golden_requests_and_refusals_are_asked_over_the_route_and_kept_with_the_run(
    releasing: Releasing,
) -> None:
    wire = over(releasing)
    prepared = releasing.prepared(model())
    kept = report(releasing)
    assert [(request.name, request.by, request.problem) for request in kept.requests] == [
        ("golden requests", "golden", None),
        ("the first golden request alone", "golden", None),
        ("a malformed body", "refusal", None),
        ("an unknown field", "refusal", None),
    ]
    assert (kept.version, kept.lambda_version) == (1, prepared.lambda_version)
    assert kept.cold_ms > 0
    assert kept.warm_ms > 0
    assert [(verdict.gate, verdict.passed) for verdict in kept.verdicts] == [
        ("golden", True),
        ("system_tests", True),
    ]
    assert len(wire.asked) == 4


def test_no_client_meets_it_meanwhile(releasing: Releasing) -> None:
    champion = releasing.release(model())
    seen: list[tuple[str, str]] = []

    def look(answer: HttpAnswer, _body: bytes) -> HttpAnswer:
        seen.append(
            (releasing.live.read().routing.lambda_version, releasing.next.read().routing.lambda_version)
        )
        return answer

    over(releasing, look)
    prepared = releasing.prepared(constant_model(0.5))
    assert set(seen) == {(champion.lambda_version, prepared.lambda_version)}
    assert releasing.live.read().routing == Routing(lambda_version=champion.lambda_version)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (refusals(lambda body: body, status=500), "is answered 500 instead of 400"),
        (refusals(lambda body: body, status=200), "a malformed body: it is answered 200 instead of 400"),
        (refusals(lambda body: {"message": "no"}), "has not the documented shape"),
        (refusals(lambda _body: {"code": "invalid_json"}), "has not the documented shape"),
        (
            refusals(lambda body: {**body, "errors": [{"row": 0}]}),
            "has not the documented shape",
        ),
        (refusals(lambda body: {**body, "code": "oops"}), "refused as oops instead of"),
        (
            refusals(lambda body: {**body, "errors": []}),
            "an unknown field: its refusal names no field",
        ),
    ],
)
def test_a_release_that_refuses_otherwise_than_documented_is_stopped(
    releasing: Releasing, change: Answers, reason: str
) -> None:
    champion = releasing.release(model())
    over(releasing, change)
    with pytest.raises(SystemTestsFailed, match=reason):
        releasing.prepared(constant_model(0.5))
    assert releasing.live.read().routing == Routing(lambda_version=champion.lambda_version)
    verdicts = {verdict.gate: verdict for verdict in report(releasing).verdicts}
    assert verdicts["golden"].passed
    assert verdicts["system_tests"].stops
    assert verdicts["system_tests"].details


def test_what_its_system_tests_stopped_is_no_release_that_a_person_could_bring_back(
    releasing: Releasing,
) -> None:
    releasing.release(model())
    over(releasing, refusals(lambda body: {"message": "no"}))
    with pytest.raises(SystemTestsFailed):
        releasing.prepared(constant_model(0.5))
    with pytest.raises(NotFound, match="has no package in this stack"):
        releasing.mover.restore(2, who="somebody", why="curious")


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"model_version": 7}, "as version 7, and it is version 1"),
        ({"probabilities": [0.123] * 6}, "6 of 6 answers differ"),
    ],
)
def test_golden_requests_that_are_answered_otherwise_over_https_stop_it(
    releasing: Releasing, more: dict[str, Any], reason: str
) -> None:
    over(releasing, changed_body(**more))
    with pytest.raises(GoldenRequestsFailed, match=reason):
        releasing.prepared(model())


def test_a_release_that_raises_says_what(releasing: Releasing) -> None:
    over(releasing)
    version = releasing.register(constant_model(float("nan")), golden_by=model())
    with pytest.raises(GoldenRequestsFailed, match="the release raised InvalidOutput"):
        releasing.prepare(version.version)


def warning(releasing: Releasing, *gates: str) -> Wire:
    return over(releasing, refusals(lambda body: {"message": "no"}), GatesDefinition(warn=list(gates)))


def test_system_tests_that_only_warn_are_kept_and_stop_nothing(releasing: Releasing) -> None:
    warning(releasing, "system_tests")
    releasing.prepared(model())
    kept = {verdict.gate: (verdict.passed, verdict.severity) for verdict in report(releasing).verdicts}
    assert kept == {"golden": (True, "required"), "system_tests": (False, "warned")}


def test_golden_requests_never_only_warn(releasing: Releasing) -> None:
    over(releasing, changed_body(model_version=7), GatesDefinition(require=[], warn=["golden"]))
    with pytest.raises(GoldenRequestsFailed):
        releasing.prepared(model())


def expecting(answer: float | bool, tolerance: float = 0.0) -> ModelTestDefinition:
    return ModelTestDefinition(
        name="as ever", kind="expected", instance=INSTANCE, answer=answer, tolerance=tolerance
    )


def with_tests(releasing: Releasing, *tests: ModelTestDefinition) -> None:
    releasing.trained_by = msgspec.structs.replace(releasing.trained_by, tests=list(tests))


@pytest.mark.parametrize("test", [expecting(0.5), expecting(0.45, 0.06), expecting(answer=True)])
def test_the_expected_answers_of_the_model_are_asked_too(
    releasing: Releasing, test: ModelTestDefinition
) -> None:
    other = ModelTestDefinition(name="not here", kind="minimum", where="stops = 0", min_value=0.5)
    with_tests(releasing, other, test)
    over(releasing)
    releasing.prepared(constant_model(0.5))
    [asked] = [request for request in report(releasing).requests if request.by == "expected"]
    assert (asked.name, asked.problem) == ("expected: as ever", None)


@pytest.mark.parametrize(
    ("test", "reason"),
    [
        (expecting(0.45, 0.04), "expected: as ever: it answers 0.5; 0.45 is expected, 0.04 apart at most"),
        (expecting(answer=False), "it answers True; False is expected"),
    ],
)
def test_an_answer_that_is_not_the_expected_one_stops_it(
    releasing: Releasing, test: ModelTestDefinition, reason: str
) -> None:
    with_tests(releasing, test)
    over(releasing)
    with pytest.raises(SystemTestsFailed, match=reason):
        releasing.prepared(constant_model(0.5))


def test_an_expected_answer_of_a_model_whose_tests_only_warn_is_not_asked_again(
    releasing: Releasing,
) -> None:
    with_tests(releasing, expecting(answer=False))
    over(releasing, gates=GatesDefinition(warn=["model_tests"]))
    releasing.prepared(constant_model(0.5))
    assert {request.by for request in report(releasing).requests} == {"golden", "refusal"}


def not_yet(times: int, answer: HttpAnswer) -> Answers:
    """So many answers that are somebody else's first."""
    left = iter(range(times))
    return lambda real, _body: real if next(left, None) is None else answer


GATEWAYS = [
    HttpAnswer(status=403, body=b'{"message":"Forbidden"}', lambda_version=None, seconds=0.001),
    HttpAnswer(status=404, body=b'{"message":"Not Found"}', lambda_version=None, seconds=0.001),
    HttpAnswer(status=429, body=b'{"message":"Too Many Requests"}', lambda_version=None, seconds=0.001),
    HttpAnswer(status=500, body=b'{"message":"Internal Server Error"}', lambda_version=None, seconds=0.001),
    HttpAnswer(status=503, body=b'{"error":{"code":"not_released"}}', lambda_version=None, seconds=0.001),
    HttpAnswer(status=200, body=b"{}", lambda_version="7", seconds=0.001),
]


@pytest.mark.parametrize("answer", GATEWAYS, ids=lambda answer: str(answer.status))
def test_a_route_a_permission_and_an_alias_may_take_a_moment(
    releasing: Releasing, answer: HttpAnswer
) -> None:
    wire = over(releasing, not_yet(3, answer))
    releasing.prepared(model())
    assert len(wire.asked) == 4 + 3


@pytest.mark.parametrize("answer", GATEWAYS[:-1], ids=lambda answer: str(answer.status))
def test_a_route_that_never_leads_to_it_is_no_fault_of_the_release(
    releasing: Releasing, answer: HttpAnswer
) -> None:
    over(releasing, not_yet(10_000, answer))
    with pytest.raises(ServiceUnavailable, match=f"after {TIMEOUT_S:.0f} s the API still answers"):
        releasing.prepared(model())


def test_two_releases_at_once_are_not_taken_for_one_another(releasing: Releasing) -> None:
    releasing.prepared(model())  # Lambda version 2, which the other one tests anew

    def taken(answer: HttpAnswer, _body: bytes) -> HttpAnswer:
        alias = releasing.next.read()
        releasing.next.move(Routing(lambda_version="2"), revision=alias.revision)
        return answer

    over(releasing, taken)
    with pytest.raises(Superseded, match="another release is under way; release this version again"):
        releasing.prepared(constant_model(0.5))
    assert releasing.versions.release("3") is None


def test_a_run_that_is_over_takes_the_alias_from_nobody(releasing: Releasing) -> None:
    prepared = releasing.prepared(model())
    releasing.register(constant_model(0.5))
    late = releasing.preparation.prepare(2)
    releasing.closed.add("run 2")
    with pytest.raises(Superseded, match="run 2 is closed"):
        releasing.next_alias.point(late.lambda_version, run_id="run 2")
    assert releasing.next.read().routing == Routing(lambda_version=prepared.lambda_version)


def test_pointing_again_changes_nothing(releasing: Releasing) -> None:
    prepared = releasing.prepared(model())
    before = releasing.next.read()
    releasing.next_alias.point(prepared.lambda_version, run_id="run 1")
    assert releasing.next.read() == before
    assert releasing.ledger.entries() == []
