"""A run of the monitor: what it compares, what it says to the alarms, and what it leaves behind."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import numpy as np
import pytest

from keepfit.adapters.memory.monitoring import (
    MemoryMetrics,
    MemoryPredictionLog,
    MemoryPredictions,
    MemoryProgress,
)
from keepfit.adapters.memory.registry import MemoryArtifacts
from keepfit.errors import InvalidDefinition
from keepfit.evaluation.tasks.registry import training_task_of
from keepfit.instants import Duration
from keepfit.layout import ModelScope
from keepfit.monitoring.collection import Collection
from keepfit.monitoring.decay import DecayAlarm, DecayWatch
from keepfit.monitoring.definition import MonitoringDefinition
from keepfit.monitoring.drift.all_inputs import ALL_INPUTS
from keepfit.monitoring.drift.compare import predicted
from keepfit.monitoring.drift.resampling import with_null_distributions
from keepfit.monitoring.estimation.registry import estimator_of
from keepfit.monitoring.metrics import ESTIMATED_DECAY
from keepfit.monitoring.monitor import Monitor
from keepfit.monitoring.prediction_log.batches import CollectedBatches
from keepfit.monitoring.profiles.profile import ReferenceProfile, profile_of
from keepfit.monitoring.profiles.row_sample import RowSample
from keepfit.monitoring.reports.report import MonitoringReport
from keepfit.monitoring.reports.report_html import to_html
from keepfit.monitoring.reports.run_result import Outcome
from keepfit.monitoring.request import MonitorRequest, read_request
from keepfit.registry.champion import Champion
from keepfit.tasks.registry import task_of
from keepfit.tasks.spec import BINARY
from tests.unit.monitoring.support.logs import EVENT, line, log_object

TASK = task_of(BINARY)
SCORE = predicted("probability")

NOW = datetime(2026, 1, 2, tzinfo=UTC)
SINCE = datetime(2026, 1, 1, tzinfo=UTC)
ALARM = "keepfit-m-drift"
DECAY_ALARM = "keepfit-m-estimated-decay"


@dataclass(slots=True, kw_only=True)
class World:
    """A model in memory: everything that its monitor sees and says."""

    champion: Champion | None = None
    references: dict[int, ReferenceProfile] = field(default_factory=dict)
    stands: datetime | None = None
    decay_stands: datetime | None = None
    log: MemoryPredictionLog = field(default_factory=MemoryPredictionLog)
    progress: MemoryProgress = field(default_factory=MemoryProgress)
    reports: MemoryArtifacts = field(default_factory=MemoryArtifacts)
    metrics: MemoryMetrics = field(default_factory=MemoryMetrics)
    sent: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    ignore: list[str] = field(default_factory=list)
    predictions: MemoryPredictions = field(default_factory=MemoryPredictions)
    watched: dict[str, Any] = field(default_factory=dict)

    def run(self, **event: Any) -> Outcome:
        window = Duration.parse("30d")
        monitor = Monitor(
            model="m",
            definition=MonitoringDefinition(
                window=window, minimum_rows=50, ignore=self.ignore, **self.watched
            ),
            alarm=ALARM,
            collection=Collection(
                model="m",
                log=self.log,
                predictions=self.predictions,
                batches=CollectedBatches(files=self.reports, model="m"),
                progress=self.progress,
                reach=window,
            ),
            champion=lambda: self.champion,
            reference=self.references.__getitem__,
            reports=self.reports,
            metrics=self.metrics,
            alarms=self,
            events=self,
            clock=lambda: NOW,
            decay=DecayWatch(
                model="m",
                watched={ESTIMATED_DECAY: DecayAlarm(name=DECAY_ALARM, threshold=0.05)},
                alarms=self,
                metrics=self.metrics,
                events=self,
            ),
        )
        return monitor.run(read_request(event))

    def report(self, outcome: Outcome) -> MonitoringReport:
        return msgspec.json.decode(self.reports.get(outcome.key), type=MonitoringReport)

    def put(self, detail_type: str, detail: dict[str, Any]) -> None:
        self.sent.append((detail_type, detail))

    def standing_since(self, alarm: str) -> datetime | None:
        return self.stands if alarm == ALARM else self.decay_stands


def _reference(mean: float) -> ReferenceProfile:
    random = np.random.default_rng(0)
    columns = {"distance": random.normal(loc=mean, size=1000), "carrier": np.repeat(["UA", "AA"], [700, 300])}
    return profile_of(columns, {"distance": "float", "carrier": "category"}).with_outputs(
        TASK, random.uniform(size=1000)
    )


def _requests(number: int, mean: float, first_hour: int = 0, version: int = 1, spread: float = 1.0) -> bytes:
    random = np.random.default_rng(number)
    distances = random.normal(loc=mean, size=number).tolist()
    scores = (0.5 + spread * (random.uniform(size=number) - 0.5)).tolist()
    return log_object(
        *(
            line(
                first_hour + hour,
                prediction_id=f"{version}-{first_hour + hour}",
                version=version,
                inputs={"distance": distance, "carrier": "UA" if hour % 10 < 7 else "AA"},
                outputs=score,
            )
            for hour, (distance, score) in enumerate(zip(distances, scores, strict=True))
        )
    )


@pytest.fixture
def world() -> World:
    """Version 1 serves; it was trained around 0."""
    return World(champion=Champion(version=1, lambda_version="2"), references={1: _reference(0.0)})


def test_requests_like_the_training_data_are_no_drift(world: World) -> None:
    world.log.objects["2026/01/01/00/a"] = _requests(300, mean=0.0)
    summary = world.run().summary()
    assert (summary["drifted"], summary["nothing_compared"], summary["rows"]) == ([], None, 300)
    assert world.metrics.heartbeats == 1
    assert world.metrics.drifts == [(summary["worst_drift"], 0)]
    assert summary["worst_drift"] < 0.25


def test_drift_is_published_and_named(world: World) -> None:
    world.log.objects["2026/01/01/00/a"] = _requests(300, mean=3.0)
    summary = world.run().summary()
    assert (summary["drifted"], summary["worst_input"]) == (["distance"], "distance")
    assert world.metrics.drifts == [(summary["worst_drift"], 1)]
    assert summary["worst_drift"] > summary["threshold"] == 0.25


def test_the_window_ends_at_the_newest_event_and_not_now(world: World) -> None:
    world.log.objects["2026/01/01/00/a"] = _requests(300, mean=3.0) + _requests(
        300, mean=0.0, first_hour=40 * 24
    )
    outcome = world.run()
    end = EVENT + timedelta(hours=40 * 24 + 299)
    assert outcome.report.window == (end - timedelta(days=30), end)
    assert outcome.report.rows_by_version == {1: 300}
    assert outcome.summary()["drifted"] == []


def test_an_explicit_window_is_reported_and_alarms_do_not_hear_of_it(world: World) -> None:
    world.stands = SINCE
    world.log.objects["2026/01/01/00/a"] = _requests(300, mean=3.0) + _requests(
        300, mean=0.0, first_hour=40 * 24
    )
    outcome = world.run(window=["2013-02-01T00:00:00Z", "2013-02-12T00:00:00Z"])
    assert outcome.summary()["drifted"] == ["distance"]
    assert (world.metrics.drifts, world.metrics.heartbeats, world.sent) == ([], 1, [])
    assert (world.report(outcome), world.progress.load().last_report) == (outcome.report, None)


def test_an_alarm_that_stood_before_and_still_stands_is_told_again(world: World) -> None:
    world.stands = SINCE
    world.log.objects["2026/01/01/00/a"] = _requests(300, mean=3.0)
    assert world.run().alarm_standing_sent
    detail = {"model": "m", "alarm": ALARM, "since": "2026-01-01T00:00:00.000000Z"}
    assert world.sent == [("Alarm Standing", detail)]


def test_an_alarm_that_this_run_raises_tells_of_itself(world: World) -> None:
    world.log.objects["2026/01/01/00/a"] = _requests(300, mean=3.0)
    assert not world.run().alarm_standing_sent
    assert world.sent == []


def test_drift_that_stands_is_told_again_though_cloudwatch_missed_its_point(world: World) -> None:
    world.log.objects["2026/01/01/00/a"] = _requests(300, mean=3.0)
    world.run()
    assert [world.run().alarm_standing_sent for _ in range(2)] == [True, True]
    assert {detail["since"] for _, detail in world.sent} == {"2026-01-02T00:00:00.000000Z"}
    assert len(world.metrics.drifts) == 3


def test_drift_that_a_new_champion_ended_is_told_no_more(world: World) -> None:
    world.log.objects["2026/01/01/00/a"] = _requests(300, mean=3.0)
    world.run()
    world.champion = Champion(version=2, lambda_version="3")
    world.references[2] = _reference(3.0)
    world.run(rebaseline=True)
    assert not world.run().alarm_standing_sent


def test_an_alarm_that_goes_back_to_ok_is_not_told_again(world: World) -> None:
    world.stands = SINCE
    world.log.objects["2026/01/01/00/a"] = _requests(300, mean=0.0)
    assert not world.run().alarm_standing_sent


def test_an_alarm_stands_while_too_few_requests_come_to_clear_it(world: World) -> None:
    world.stands = SINCE
    world.log.objects["2026/01/01/00/a"] = _requests(49, mean=0.0)
    outcome = world.run()
    assert outcome.report.nothing_compared == "49 rows in the window, at least 50 are needed"
    assert (outcome.alarm_standing_sent, world.metrics.drifts, world.metrics.heartbeats) == (True, [], 1)


def test_rebaselining_judges_the_same_window_by_the_new_champion_without_an_event(world: World) -> None:
    world.log.objects["2026/01/01/00/a"] = _requests(300, mean=3.0)
    before = world.run()
    world.champion = Champion(version=2, lambda_version="3")
    world.references[2] = _reference(3.0)
    world.stands = SINCE
    after = world.run(rebaseline=True)
    assert after.report.window == before.report.window
    assert (before.summary()["drifted"], after.summary()["drifted"]) == (["distance"], [])
    assert (len(world.metrics.drifts), world.sent, after.report.occasion) == (2, [], "rebaseline")


def test_a_rebaseline_that_does_not_help_sends_no_event_either(world: World) -> None:
    world.stands = SINCE
    world.log.objects["2026/01/01/00/a"] = _requests(300, mean=3.0)
    assert not world.run(rebaseline=True).alarm_standing_sent


def test_the_score_is_compared_over_the_champions_own_requests(world: World) -> None:
    world.references[2] = _reference(0.0)
    world.log.objects["2026/01/01/00/a"] = _requests(300, mean=0.0, version=2) + _requests(49, mean=0.0)
    report = world.run().report
    assert report.drift is not None
    assert report.rows_by_version == {1: 49, 2: 300}
    assert report.drift.skipped == {SCORE: "49 rows in the window, at least 50 are needed"}


def test_a_version_without_an_input_does_not_make_it_look_missing(world: World) -> None:
    world.references[2] = profile_of({"carrier": ["UA", "AA"]}, {"carrier": "category"})
    lines = [
        line(n, prediction_id=f"2-{n}", version=2, inputs={"carrier": "UA" if n % 10 < 7 else "AA"})
        for n in range(300)
    ]
    world.log.objects["2026/01/01/00/a"] = _requests(300, mean=0.0) + log_object(*lines)
    report = world.run().report
    assert report.drift is not None
    assert report.drift.drifted == []
    assert {c.column: c.rows for c in report.drift.columns} == {"distance": 300, "carrier": 600, SCORE: 300}


def test_ignored_inputs_do_not_decide(world: World) -> None:
    world.ignore = ["distance"]
    world.log.objects["2026/01/01/00/a"] = _requests(300, mean=3.0)
    summary = world.run().summary()
    assert (summary["drifted"], summary["worst_input"] in {"carrier", SCORE}) == ([], True)


def test_a_budget_of_false_alarms_decides_by_thresholds_over_which_the_alarm_sounds(world: World) -> None:
    world.watched = {"false_alarms_per_month": 1.0}
    columns = {
        "distance": np.random.default_rng(0).normal(size=1000),
        "carrier": np.repeat(["UA", "AA"], [700, 300]),
    }
    columns["carrier"] = np.random.default_rng(1).permutation(columns["carrier"])
    world.references[1] = with_null_distributions(
        _reference(0.0), columns, np.arange(1000) * 7200, 30 * 24 * 3600
    )
    world.log.objects["2026/01/01/00/a"] = _requests(300, mean=0.0)
    calm = world.run().summary()
    assert (calm["drifted"], calm["threshold"]) == ([], 1.0)
    assert calm["worst_drift"] < 1
    world.log.objects["2026/01/01/01/b"] = _requests(301, mean=0.9, first_hour=300)
    moved = world.run()
    assert moved.summary()["drifted"] == ["distance"]
    assert world.metrics.drifts[-1] == (moved.summary()["worst_drift"], 1)
    assert "false_alarms_per_month = 1" in str(moved.report.drift and moved.report.drift.decision)
    assert "wasserstein is the Wasserstein distance" in moved.report.method


def _estimating(reference: ReferenceProfile) -> ReferenceProfile:
    """The reference with what its holdout showed: probabilities that are right."""
    random = np.random.default_rng(5)
    scores = random.uniform(size=2000)
    labels = random.uniform(size=2000) < scores
    return msgspec.structs.replace(
        reference, estimator=estimator_of(training_task_of(BINARY), labels, scores)
    )


def test_how_well_the_champion_does_is_estimated_and_published(world: World) -> None:
    world.references[1] = _estimating(world.references[1])
    world.log.objects["2026/01/01/00/a"] = _requests(300, mean=0.0) + _requests(200, mean=0.0, version=2)
    world.references[2] = world.references[1]
    outcome = world.run()
    found = outcome.report.estimated
    assert found is not None
    assert found.estimate is not None
    assert (found.metric, found.rows) == ("roc_auc", 300)
    assert found.judged == pytest.approx(5 / 6, abs=0.03)
    assert found.estimate.holds(5 / 6)  # of uniform probabilities that are right
    assert set(found.figures) == {*training_task_of(BINARY).metrics}
    assert world.metrics.estimates == [found.estimate.value]
    assert outcome.summary()["estimated"]["value"] == found.estimate.value
    assert world.report(outcome) == outcome.report
    assert "confidence-based performance estimation" in found.method


def test_decay_is_estimated_where_answers_crowd_around_one_half_and_ends_with_a_better_champion(
    world: World,
) -> None:
    world.ignore = [SCORE]  # that probabilities crowd is drift, too
    world.references = {version: _estimating(world.references[1]) for version in (1, 2)}
    world.log.objects["2026/01/01/00/a"] = _requests(300, mean=0.0)
    world.run()
    world.log.objects["2026/02/01/00/b"] = _requests(301, mean=0.0, first_hour=31 * 24 + 300, spread=0.1)
    quiet = world.run()
    assert not quiet.alarm_standing_sent
    world.decay_stands = SINCE
    standing = world.run()
    assert standing.alarm_standing_sent
    assert (quiet.report.decay_alarms, standing.report.decay_alarms) == ({}, {DECAY_ALARM: SINCE})
    world.champion = Champion(version=2, lambda_version="3")
    world.log.objects["2026/02/01/01/c"] = _requests(302, mean=0.0, first_hour=31 * 24 + 300, version=2)
    assert not world.run(rebaseline=True).alarm_standing_sent
    assert not world.run().alarm_standing_sent
    before, since, again, after, later = (each[ESTIMATED_DECAY] for each in world.metrics.decays)
    assert before == after == later == 0
    assert since == again > 0.05
    assert world.sent == [
        (
            "Alarm Standing",
            {"model": "m", "alarm": DECAY_ALARM, "since": "2026-01-01T00:00:00.000000Z"},
        )
    ]


def test_an_estimate_of_another_time_is_reported_and_not_published(world: World) -> None:
    world.references[1] = _estimating(world.references[1])
    world.log.objects["2026/01/01/00/a"] = _requests(300, mean=0.0)
    report = world.run(window=["2013-02-01T00:00:00Z", "2013-02-12T00:00:00Z"]).report
    assert report.estimated is not None
    assert report.estimated.estimate is not None
    assert world.metrics.estimates == []


def test_what_cannot_be_estimated_says_why(world: World) -> None:
    world.log.objects["2026/01/01/00/a"] = _requests(300, mean=0.0)
    told = world.run().summary()["estimated"]
    assert (told["value"], world.metrics.estimates) == (None, [])
    assert "how its answers and outcomes go together is not known" in told["note"]
    world.references[1] = _estimating(world.references[1])
    world.champion = Champion(version=3, lambda_version="4")
    world.references[3] = world.references[1]
    told = world.run().summary()["estimated"]
    assert told["note"] == "0 answers of this version, at least 50 are needed"


def test_inputs_that_no_longer_go_together_are_drift_where_a_threshold_asks_for_it(world: World) -> None:
    world.watched = {"domain_classifier_threshold": 0.6}
    world.log.objects["2026/01/01/00/a"] = _requests(300, mean=0.0)
    report = world.run().report
    assert report.drift is not None
    assert "from the next training on" in report.drift.skipped[ALL_INPUTS]
    random = np.random.default_rng(0)
    distance, carrier = random.normal(size=1000), np.repeat(["UA", "AA"], [700, 300])
    # So far one carrier flew the long distances; in the requests it is drawn without a look at them.
    columns = {"distance": np.sort(distance), "carrier": carrier}
    world.references[1] = msgspec.structs.replace(
        world.references[1], sample=RowSample.of(world.references[1].columns, columns)
    )
    moved = world.run()
    assert moved.summary()["drifted"] == [ALL_INPUTS]
    [found] = [each for each in (moved.report.drift or report.drift).columns if each.drifted]
    assert next(iter(found.told_by)) == "carrier with distance"
    assert world.metrics.drifts[-1] == (found.drift_score, 1)
    assert "domain classifier" in moved.report.method
    assert "carrier with distance" in to_html(moved.report)


def test_before_the_first_release_the_heart_beats_and_the_report_says_why_nothing_was_compared() -> None:
    world = World()
    outcome = world.run()
    assert world.report(outcome).nothing_compared == "no model is released yet"
    assert (world.metrics.heartbeats, world.metrics.drifts) == (1, [])
    assert outcome.summary()["worst_drift"] is None


def test_before_the_first_request_the_heart_beats_and_the_report_says_why_nothing_was_compared(
    world: World,
) -> None:
    outcome = world.run()
    assert world.report(outcome).nothing_compared == "no prediction was collected yet"
    assert world.metrics.heartbeats == 1


def test_the_report_is_kept_whole_and_explains_itself(world: World) -> None:
    world.log.objects["2026/01/01/00/a"] = _requests(300, mean=3.0) + b"broken"
    outcome = world.run()
    assert world.report(outcome) == outcome.report
    assert world.progress.load().last_report == outcome.key
    document = json.loads(world.reports.get(outcome.key))
    worst = document["drift"]["columns"][0]
    assert len(worst["labels"]) == len(worst["reference"]) == len(worst["current"])
    assert (document["champion"], document["collected"]["broken"]) == (1, 1)
    assert "population stability index" in document["method"]


def test_the_report_is_kept_by_its_window_and_the_time_of_the_run(world: World) -> None:
    window = ["2013-02-01", "2013-03-01T00:00:00-05:00"]
    assert world.run(window=window).key == (
        "monitoring/m/2013-02-01T00:00:00.000000Z_2013-03-01T05:00:00.000000Z_2026-01-02T00:00:00.000000Z.json"
    )


def test_a_run_that_fails_has_no_heartbeat(world: World) -> None:
    world.references.clear()
    world.log.objects["2026/01/01/00/a"] = _requests(300, mean=0.0)
    with pytest.raises(KeyError):
        world.run()
    assert world.metrics.heartbeats == 0


@pytest.mark.parametrize("without", [1, 2])
def test_a_version_without_a_profile_stops_the_verdict_and_nothing_is_lost_once_it_has_one(
    world: World, without: int
) -> None:
    world.references[2] = _reference(0.0)
    world.log.objects["2026/01/01/00/a"] = _requests(300, mean=0.0) + _requests(200, mean=0.0, version=2)
    found = world.references.pop(without)
    with pytest.raises(KeyError):
        world.run()
    assert (world.metrics.heartbeats, world.metrics.drifts) == (0, [])
    world.references[without] = found
    for _ in range(2):
        assert world.run().report.rows_by_version == {1: 300, 2: 200}
    assert world.metrics.heartbeats == 2


def test_a_window_is_judged_the_same_by_hours_that_were_kept(world: World) -> None:
    world.log.objects["2026/01/01/00/a"] = _requests(300, mean=0.4)
    first = world.run().report
    assert len(world.reports.list(ModelScope("m").hours(1))) == 13
    world.log.objects["2026/01/01/01/b"] = b"broken"
    second = world.run().report
    assert (second.drift, second.rows_by_version) == (first.drift, first.rows_by_version)
    # A promotion counts the hours anew, in the bins of the new champion.
    world.champion = Champion(version=2, lambda_version="3")
    world.references[2] = _reference(0.4)
    world.run(rebaseline=True)
    assert len(world.reports.list(ModelScope("m").hours(2))) == 13


@pytest.mark.parametrize(
    "window", ["2013", ["2013-01-01"], [1, 2], ["x", "y"], ["2013-02-01", "2013-01-01"], 7]
)
def test_a_window_that_is_none_is_refused(window: Any) -> None:
    with pytest.raises(InvalidDefinition, match="window"):
        read_request({"window": window})


def test_what_a_schedule_sends_beside_is_ignored() -> None:
    assert read_request({"source": "aws.events", "detail": {}}) == MonitorRequest()
    assert read_request({"rebaseline": True, "run_id": "r"}).rebaseline


def test_a_window_that_has_expired_in_part_is_not_judged(world: World) -> None:
    """What is left has drifted, and the whole has not."""
    world.log.objects["2026/01/01/00/a"] = _requests(600, mean=0.0)
    world.run()
    world.log.objects["2026/01/01/01/b"] = _requests(60, mean=1.0, first_hour=600)
    assert world.run().summary()["drifted"] == []
    del world.predictions.rows[
        min(world.predictions.rows, key=lambda batch: -len(world.predictions.rows[batch]))
    ]
    summary = world.run().summary()
    assert "1 of 2 batches of this window's requests have expired" in summary["nothing_compared"]
    assert (summary["worst_drift"], summary["drifted"]) == (None, [])
    assert len(world.metrics.drifts) == 2
    assert world.metrics.heartbeats == 3


def test_what_expired_before_the_window_is_not_missed(world: World) -> None:
    world.log.objects["2026/01/01/00/a"] = _requests(100, mean=0.0)
    world.run()
    world.log.objects["2026/01/01/01/b"] = _requests(300, mean=0.0, first_hour=31 * 24 + 100)
    world.run()
    del world.predictions.rows[
        min(world.predictions.rows, key=lambda batch: len(world.predictions.rows[batch]))
    ]
    summary = world.run().summary()
    assert (summary["nothing_compared"], summary["rows"]) == (None, 300)


def test_an_event_in_a_distant_year_does_not_blind_the_monitor_once_its_batch_has_expired(
    world: World,
) -> None:
    far = line(
        1, prediction_id="far", event_time="2036-01-01T00:00:00Z", inputs={"distance": 0.0, "carrier": "UA"}
    )
    world.log.objects["2026/01/01/00/a"] = _requests(100, mean=0.0) + log_object(far)
    world.run()
    world.log.objects["2026/01/01/01/b"] = _requests(300, mean=0.0, first_hour=31 * 24 + 100)
    world.run()
    del world.predictions.rows[
        min(world.predictions.rows, key=lambda batch: len(world.predictions.rows[batch]))
    ]
    assert world.run().summary()["nothing_compared"] is None


def test_a_window_of_the_past_that_has_expired_says_so_instead_of_no_rows(world: World) -> None:
    world.log.objects["2026/01/01/00/a"] = _requests(300, mean=0.0)
    window = world.run().report.window
    assert window is not None
    world.predictions.rows.clear()
    summary = world.run(window=[instant.isoformat() for instant in window]).summary()
    assert "1 of 1 batches" in summary["nothing_compared"]
