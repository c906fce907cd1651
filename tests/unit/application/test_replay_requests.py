"""Champion and challenger are asked the same requests anew, and no client meets either."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from keepfit.application import replay_requests
from keepfit.application.replay_requests import Contestant, RequestReplay
from keepfit.serving.release.prepare import Prepared
from keepfit.serving.release.replay import ReplayReport
from tests.unit.serving.support.releasing import Releasing
from tests.unit.serving.support.small_model import SIGNATURE, constant_model, instances, model

LOGGED, HOLDOUT = instances(5), instances(40)[5:]


class Trial:
    """A champion that serves, a challenger, and what both are asked."""

    def __init__(self, releasing: Releasing, challenger: bytes) -> None:
        self.releasing = releasing
        self.champion = releasing.release(constant_model(0.25))
        self.challenger = releasing.prepared(challenger)
        self.asked: dict[str, list[Mapping[str, Any]]] = {}
        self.logged = LOGGED
        clock = itertools.count()
        self.timer = lambda: float(next(clock)) / 1000
        self._listen()

    def _listen(self) -> None:
        """Keeps the events that each version is invoked with."""
        for version, answer in list(self.releasing.live.versions.items()):
            events = self.asked.setdefault(version, [])

            def heard(event: Mapping[str, Any], answer: Any = answer, events: Any = events) -> Any:
                events.append(event)
                return answer(event)

            self.releasing.live.versions[version] = heard

    def replay(self, requests: int = 20, **changes: Any) -> ReplayReport:
        replaying = RequestReplay(
            target=self.releasing.target,
            logged=lambda limit: self.logged[:limit],
            holdout=lambda limit: HOLDOUT[:limit],
            timer=self.timer,
        )
        return dataclasses.replace(replaying, **changes).replay(
            contestant(self.champion), contestant(self.challenger), requests=requests
        )

    def bodies(self, prepared: Prepared) -> list[str]:
        """What a version was asked, but for the first request, which starts it."""
        return [event["body"] for event in self.asked[prepared.lambda_version][1:]]


def contestant(prepared: Prepared) -> Contestant:
    return Contestant(version=prepared.version, lambda_version=prepared.lambda_version, signature=SIGNATURE)


@pytest.fixture
def trial(tmp_path: Path) -> Trial:
    return Trial(Releasing(tmp_path), model())


def test_both_are_asked_the_logged_requests_and_rows_of_the_holdout_where_those_are_too_few(
    trial: Trial,
) -> None:
    report = trial.replay(requests=20)
    assert (report.champion, report.challenger, report.logged, report.holdout) == (1, 2, 5, 15)
    asked = trial.bodies(trial.challenger)
    assert asked == trial.bodies(trial.champion)
    assert len(asked) == len(set(asked)) == 20
    assert (report.failures, report.refusals, report.compared) == (0, 0, 20)


def test_where_enough_are_logged_nothing_else_is_asked(trial: Trial) -> None:
    report = trial.replay(requests=3)
    assert (report.logged, report.holdout, len(trial.bodies(trial.challenger))) == (3, 0, 3)


def test_the_alias_stays_and_the_log_tells_the_replay_from_requests(trial: Trial) -> None:
    before = trial.releasing.live.read()
    trial.replay()
    assert trial.releasing.live.read() == before
    assert all(event["golden"] for events in trial.asked.values() for event in events)


def test_decisions_and_outputs_are_compared_request_by_request(trial: Trial) -> None:
    scorer = replay_requests.task_of(SIGNATURE.task)
    report = trial.replay(requests=40)
    assert 0 < report.changed < report.compared == 40
    assert report.mean_difference is not None
    assert 0 < report.mean_difference < 1
    assert scorer.spec == SIGNATURE.task
    assert Trial(trial.releasing, constant_model(0.25)).replay().changed == 0


def test_a_challenger_that_raises_fails_as_often_as_it_does(trial: Trial) -> None:
    answer = trial.releasing.live.versions[trial.challenger.lambda_version]

    def sometimes(event: Mapping[str, Any]) -> Any:
        if '"carrier": "ZZ"' in event["body"]:
            raise ValueError("no such carrier")
        return answer(event)

    trial.releasing.live.versions[trial.challenger.lambda_version] = sometimes
    report = trial.replay(requests=5)
    assert (report.failures, report.compared, report.champion_failures) == (1, 4, 0)
    assert "no such carrier" in str(report.problem)


def test_each_is_asked_in_its_own_form(trial: Trial) -> None:
    """A field that it does not know is left out, and one that was not sent is null."""
    trial.logged = [
        {**{k: v for k, v in LOGGED[0].items() if k != "wind gust"}, "gate": "B7"},
        {k: v for k, v in LOGGED[1].items() if k != "distance"},
    ]
    report = trial.replay(requests=2)
    assert all("gate" not in body for body in trial.bodies(trial.challenger))
    assert '"wind gust": null' in trial.bodies(trial.challenger)[0]
    assert (report.refusals, report.champion_refusals, report.compared) == (1, 1, 1)


def test_latencies_are_of_answers_and_the_start_is_none(trial: Trial) -> None:
    report = trial.replay(requests=5)
    assert report.latency is not None
    assert report.latency.median_ms == pytest.approx(1.0)
    assert report.champion_latency == report.latency


def test_what_was_asked_until_the_time_is_up_decides(trial: Trial, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replay_requests, "TIMEOUT_S", 0.02)
    report = trial.replay(requests=40)
    assert 0 < report.requests < 40
    assert report.logged + report.holdout == len(trial.bodies(trial.challenger))


def test_without_anything_to_ask_nothing_is_asked(trial: Trial) -> None:
    trial.logged = []
    report = trial.replay(holdout=lambda _: [])
    assert (report.requests, report.latency, trial.asked[trial.challenger.lambda_version]) == (0, None, [])
