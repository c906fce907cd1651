"""Every gate of the registry, with a candidate that fails it and no other."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from keepfit.evaluation.report import CalibrationError, Evaluation, Fairness, RateGap, Slice, SliceSearch
from keepfit.evaluation.tasks.registry import training_task_of
from keepfit.registry.release_report import AskedRequest, ReleaseReport, TestedBy
from keepfit.tasks.spec import BINARY
from keepfit.training.gates_definition import FairnessGateDefinition, GatesDefinition, WorstSliceDefinition
from keepfit.training.judging.comparison import ChampionScores
from keepfit.training.judging.evidence import Answers, CandidateTrial, LoggedRequests
from keepfit.training.judging.gates.registry import LISTINGS, release_gates
from keepfit.training.judging.judge import judge
from keepfit.training.judging.judgement import Judgement
from keepfit.training.model_tests.base import ModelTestResult

ON_CANDIDATES = [name for name, listing in LISTINGS.items() if listing.stage != "release"]
TASK = training_task_of(BINARY)
LABELS = np.random.default_rng(0).random(2000) < 0.3
TRUSTED = np.arange(2000) < 1200
LIMITS: dict[str, Any] = {
    "min_value": 0.6,
    "max_latency_ms": 20.0,
    "max_size_mb": 1.0,
    "worst_slice": WorstSliceDefinition(min_value=0.6, max_gap=0.1),
    "fairness": FairnessGateDefinition(max_gap=0.1),
    "max_calibration_error": 0.05,
    "replay_requests": 50,
    "max_changed_share": 0.1,
}


def scores(strength: float, seed: int = 0) -> np.ndarray:
    noise = np.random.default_rng(seed).normal(size=len(LABELS))
    return 1 / (1 + np.exp(-(strength * LABELS + noise)))


GOOD = scores(1.5)


def evaluated(*, slice_metric: float = 0.8, gap: float = 0.05, error: float = 0.02) -> Evaluation:
    ends = (slice_metric - 0.02, slice_metric + 0.02)
    worst = Slice(
        conditions={"origin": "LGA"}, rows=500, metric=slice_metric, interval=ends, gap=0.82 - slice_metric
    )
    apart = RateGap(
        rate="selection_rate", gap=gap, interval=(gap - 0.01, gap + 0.01), lowest="LGA", highest="JFK"
    )
    return Evaluation(
        candidate="first",
        metric="roc_auc",
        rows=2000,
        declared=[worst],
        worst=SliceSearch(examined=9, minimum_rows=50, slices=[]),
        fairness=[Fairness(column="origin", minimum_rows=50, groups=[], gaps=[apart])],
        calibration=CalibrationError(value=error, interval=(0.0, 0.2), by_chance=0.03),
        periods=[],
        cost=None,
    )


ALIKE = LoggedRequests(requests=50, compared=50)


@dataclass(frozen=True, kw_only=True)
class Served:
    """A candidate that is small, fast, and answers like the champion."""

    model_bytes: int = 1000
    milliseconds: float = 1.0
    logged: LoggedRequests = ALIKE
    passed: bool = True
    measured: dict[str, float] = field(default_factory=dict)

    def evaluation(self) -> Evaluation:
        return evaluated(**self.measured)

    def p95_ms(self) -> float:
        return self.milliseconds

    def logged_requests(self, limit: int) -> LoggedRequests:
        assert limit == 50
        return self.logged

    def tests(self) -> list[ModelTestResult]:
        return [ModelTestResult(name="the tail number tells nothing", passed=self.passed, reason="it moves")]


@dataclass(frozen=True, kw_only=True)
class Case:
    """What is otherwise than at a candidate that passes every gate."""

    trial: dict[str, Any] = field(default_factory=dict)
    answers: dict[str, Any] = field(default_factory=dict)
    served: dict[str, Any] = field(default_factory=dict)
    champion: np.ndarray = field(default_factory=lambda: scores(0.5))
    gates: dict[str, Any] = field(default_factory=dict)


NOISE = scores(0.0, seed=3)
CASES: dict[str, Case] = {
    "trained": Case(trial={"fault": "MemoryError: killed"}),
    "parity": Case(trial={"max_difference": 0.4}),
    "answers": Case(answers={"served": None}),
    "serving_parity": Case(answers={"native": np.roll(GOOD, 1)}),
    "min_value": Case(gates={"min_value": 0.99}),
    "better_than_constant": Case(
        answers={"served": NOISE, "native": NOISE}, champion=1 - GOOD, gates={"min_value": 0.4}
    ),
    "min_gain": Case(champion=GOOD),
    "certainty": Case(champion=scores(1.45, seed=1)),
    # On new rows it is much better, and on those known before it is worse than the champion.
    "trusted_rows": Case(
        answers=dict.fromkeys(("served", "native"), np.where(TRUSTED, scores(1.2), scores(4.0))),
        champion=np.where(TRUSTED, scores(1.5), scores(0.5)),
    ),
    "worst_slice": Case(served={"measured": {"slice_metric": 0.55}}),
    "fairness": Case(served={"measured": {"gap": 0.3}}),
    "calibration_error": Case(served={"measured": {"error": 0.1}}),
    "latency": Case(served={"milliseconds": 30.0}),
    "size": Case(served={"model_bytes": 2_000_000}),
    "replay": Case(served={"logged": LoggedRequests(requests=50, refused=["prediction a: temp is missing"])}),
    "model_tests": Case(served={"passed": False}),
}


def judged(case: Case, **gates: Any) -> Judgement:
    """The judgement of that candidate, and of another that validated worse and is as it should be."""
    answers = {"served": GOOD, "native": GOOD, "candidate": Served(**case.served), **case.answers}
    of = {
        "first": Answers(**answers),
        "second": Answers(served=GOOD, native=GOOD, candidate=Served()),
    }
    trials = [
        CandidateTrial(name="first", validation=0.8, **case.trial),
        CandidateTrial(name="second", validation=0.7),
    ]
    definition = GatesDefinition(**{**LIMITS, **case.gates, **gates})
    champion = ChampionScores(version=1, served=case.champion, trusted=TRUSTED)
    return judge(LABELS, trials, of.__getitem__, champion, definition, task=TASK, seed=0)


def test_a_candidate_that_passes_them_all_has_a_verdict_of_each() -> None:
    judgement = judged(Case())
    assert judgement.winner == "first"
    assert [each.gate for each in judgement.evaluations[0].gates] == ON_CANDIDATES
    assert all(each.passed and each.reason for each in judgement.evaluations[0].gates)


@pytest.mark.parametrize("gate", ON_CANDIDATES)
def test_a_candidate_that_fails_only_this_gate_is_not_released(gate: str) -> None:
    judgement = judged(CASES[gate])
    failed = [each.gate for each in judgement.evaluations[0].gates if not each.passed]
    assert failed == [gate]
    assert judgement.winner != "first"
    assert [each.gate for each in judgement.evaluations[0].failed] == [gate]


@pytest.mark.parametrize("gate", [name for name in ON_CANDIDATES if LISTINGS[name].warns])
def test_where_this_gate_only_warns_the_candidate_wins_and_the_verdict_stays(gate: str) -> None:
    judgement = judged(CASES[gate], warn=[gate])
    assert judgement.winner == "first"
    [verdict] = [each for each in judgement.evaluations[0].gates if not each.passed]
    assert (verdict.gate, verdict.severity) == (gate, "warned")


def reported(**problems: str) -> ReleaseReport:
    """The report of a release, with a problem of some kinds of requests."""
    kinds: tuple[TestedBy, ...] = ("golden", "refusal", "expected")
    requests = [
        AskedRequest(name=f"a {kind} one", by=kind, ms=5.0, problem=problems.get(kind)) for kind in kinds
    ]
    return ReleaseReport(version=2, lambda_version="3", cold_ms=400.0, warm_ms=5.0, requests=requests)


@pytest.mark.parametrize(
    ("gate", "kind"), [("golden", "golden"), ("system_tests", "refusal"), ("system_tests", "expected")]
)
def test_a_release_that_fails_only_this_gate_is_told_from_one_that_passes(gate: str, kind: str) -> None:
    assert {name for name, ask in release_gates().items() if not ask(reported()).passed} == set()
    verdicts = {name: ask(reported(**{kind: "it answers 500"})) for name, ask in release_gates().items()}
    [failed] = [verdict for verdict in verdicts.values() if not verdict.passed]
    told = "it answers 500" if kind == "golden" else f"a {kind} one: it answers 500"
    assert (failed.gate, failed.reason) == (gate, told)
    assert [name for name in LISTINGS if name not in ON_CANDIDATES] == list(verdicts)


def test_what_is_not_required_only_warns_but_for_what_makes_a_judgement_true() -> None:
    assert judged(CASES["size"], require=["min_value"]).winner == "first"
    assert judged(CASES["size"], require=["size"]).winner is None
    assert judged(CASES["parity"], require=["size"]).winner == "second"


@pytest.mark.parametrize(
    ("gate", "measured"),
    [
        ("worst_slice", {"slice_metric": 0.7}),
        ("fairness", {"gap": 0.005}),
        ("calibration_error", {"error": 0.029}),
    ],
)
def test_what_may_be_chance_fails_no_gate(gate: str, measured: dict[str, float]) -> None:
    limits = {
        "worst_slice": WorstSliceDefinition(max_gap=0.0),
        "fairness": FairnessGateDefinition(max_gap=0.0),
    }
    judgement = judged(Case(served={"measured": measured}), max_calibration_error=0.001, **limits)
    failed = {each.gate for each in judgement.evaluations[0].failed}
    assert (gate in failed) == (gate == "worst_slice")


def test_logged_requests_that_are_answered_otherwise_are_listed() -> None:
    changed = LoggedRequests(requests=50, compared=50, changed=[f"prediction {n}: True" for n in range(30)])
    [verdict] = [
        each for each in judged(Case(served={"logged": changed})).evaluations[0].gates if not each.passed
    ]
    assert (verdict.value, verdict.limit) == (0.6, 0.1)
    assert len(verdict.details) == 20
    assert "answers 60.0% of 50 otherwise than the champion" in verdict.reason
