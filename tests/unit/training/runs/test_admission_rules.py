"""Admission lets one training at a time in, and tells the others why not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from keepfit.training.definition import RetrainingDefinition
from keepfit.training.runs.admission_record import Waiting, next_kept, without_waiting
from keepfit.training.runs.admission_rules import Suppressed, decide
from keepfit.training.runs.triggers import Kind, Trigger
from tests.unit.training.support.asking import (
    NOON,
    ON_ALARM,
    ON_BOTH,
    admitted,
    asked_by,
    ended,
    reason,
    remembered,
    seen,
)


def test_an_upload_with_new_data_is_admitted_and_takes_the_lock() -> None:
    record = admitted(asked_by("upload")).record
    assert (record.lock_run, record.lock_execution) == ("run-2", "arn:run-2")
    assert record.lock_until == NOON + timedelta(hours=6)
    assert (record.lock_since, record.lock_fingerprint) == (NOON, "new")
    assert (record.last_admitted_at, record.admitted_today) == (None, 0)
    assert record.answered == ["event-upload"]


def test_an_admission_forgets_the_fingerprint_of_no_run_until_its_own_comes_to_a_verdict() -> None:
    assert admitted(asked_by("upload")).record.fingerprint == "old"


@pytest.mark.parametrize(
    ("kind", "on", "said"),
    [
        ("upload", ["alarm"], "an upload does not retrain this model"),
        ("alarm", ["upload"], "an alarm does not retrain this model"),
        ("schedule", ["upload", "alarm"], "a schedule does not retrain this model"),
    ],
)
def test_a_trigger_that_the_model_does_not_obey_is_told_which_it_does(
    kind: Kind, on: list[Any], said: str
) -> None:
    told = reason(asked_by(kind), policy=RetrainingDefinition(on=on))
    assert told is not None
    assert told.startswith(said)
    assert ", ".join(on) in told


def test_a_person_may_always_ask() -> None:
    assert reason(asked_by("person"), policy=RetrainingDefinition(on=[])) is None


def test_first_upload_counts_while_there_is_no_champion_only() -> None:
    assert reason(asked_by("upload"), situation=seen(champion=None), policy=ON_ALARM) is None
    assert reason(asked_by("upload"), policy=ON_ALARM) is not None


def test_an_upload_while_the_alarm_stands_is_the_alarms_retraining() -> None:
    since = NOON - timedelta(days=1)
    trigger = admitted(asked_by("upload"), situation=seen(alarm_since=since), policy=ON_ALARM).trigger
    assert trigger.kind == "alarm"
    assert trigger.detail["waited_for"]["kind"] == "upload"
    assert trigger.detail["waited_for"]["dataset"] == "flights"
    assert trigger.id == "event-upload"


def withdrawn(rows: int = 100, *, train: bool = True) -> Trigger:
    return asked_by("upload", rows=rows, cause={"kind": "withdrawal", "train": train})


def test_a_withdrawal_trains_as_an_upload_does() -> None:
    assert admitted(withdrawn()).trigger.detail["cause"]["kind"] == "withdrawal"
    told = reason(withdrawn(), policy=RetrainingDefinition(on=["schedule"]))
    assert told == "a withdrawal does not retrain this model (retraining.on = schedule)"


def test_a_withdrawal_that_wants_no_training_starts_none() -> None:
    told = reason(withdrawn(train=False), situation=seen(champion=None))
    assert told == "the withdrawal requested no training; the next upload of flights includes it"


def test_a_withdrawal_is_not_what_an_alarm_waited_for() -> None:
    standing = seen(alarm_since=NOON)
    assert reason(withdrawn(), situation=standing, policy=ON_ALARM) is not None
    assert admitted(withdrawn(), situation=standing).trigger.kind == "upload"


def forgotten(*, train: bool = True) -> Trigger:
    return asked_by("upload", rows=100, cause={"kind": "forgetting", "train": train})


def test_what_is_forgotten_retrains_what_serves_whatever_retrains_it_else() -> None:
    by_schedule = RetrainingDefinition(on=["schedule"])
    assert admitted(forgotten(), policy=by_schedule).trigger.forgets
    assert reason(forgotten(), situation=seen(champion=None), policy=by_schedule) is not None
    assert reason(forgotten(train=False)) == (
        "the forgetting requested no training; the next upload of flights includes it"
    )


def test_nothing_is_trained_on_a_dataset_that_is_empty_now() -> None:
    assert reason(withdrawn(rows=0)) == "flights holds no rows any more; upload data and training starts"


def test_an_upload_of_features_alone_does_not_answer_an_alarm() -> None:
    weather = asked_by("upload", dataset="weather")
    told = reason(weather, situation=seen(alarm_since=NOON), policy=ON_ALARM)
    assert told == "weather adds no outcome to learn from; the next upload of flights takes it along"


def test_an_upload_of_features_alone_retrains_nothing_once_there_is_a_champion() -> None:
    told = reason(asked_by("upload", dataset="weather"))
    assert told == "weather adds no outcome to learn from; the next upload of flights takes it along"


def test_an_upload_of_features_may_complete_the_data_of_a_model_that_never_trained() -> None:
    weather = asked_by("upload", dataset="weather")
    assert reason(weather, situation=seen(champion=None), policy=ON_ALARM) is None


def test_an_alarm_that_went_back_to_ok_asks_for_nothing() -> None:
    told = reason(asked_by("alarm", state="OK"))
    assert told == "the alarm went to OK, which requires no training"


def test_an_alarm_kept_during_a_run_is_dropped_when_that_run_answered_it() -> None:
    kept = msgspec.structs.replace(asked_by("alarm"), kept=True)
    assert "no longer stands" in (reason(kept) or "")
    assert reason(kept, situation=seen(alarm_since=NOON)) is None


def test_a_model_waits_until_every_dataset_it_reads_holds_data() -> None:
    told = reason(asked_by("person", force=True), situation=seen(data={"flights": 1, "weather": None}))
    assert told == "no data yet in weather; upload it and training starts"


def test_a_trigger_during_a_run_is_kept_for_its_end() -> None:
    decision = decide(asked_by("upload"), remembered(lock_run="run-1"), seen(), ON_BOTH)
    assert isinstance(decision, Suppressed)
    assert decision.reason == "run run-1 is in progress; the trigger is sent again when it ends"
    assert decision.record.waiting == [Waiting(trigger=asked_by("upload"))]


def test_what_is_kept_is_the_upload_itself_not_the_alarm_that_it_answered() -> None:
    decision = decide(asked_by("upload"), remembered(lock_run="run-1"), seen(alarm_since=NOON), ON_ALARM)
    assert isinstance(decision, Suppressed)
    assert decision.trigger.kind == "alarm"
    assert decision.record.waiting == [Waiting(trigger=asked_by("upload"))]


CAUSES = [
    asked_by("person"),
    msgspec.structs.replace(asked_by("alarm", alarm="keepfit-m-decay"), id="event-decay"),
    asked_by("alarm", alarm="keepfit-m-drift"),
    asked_by("upload"),
    asked_by("schedule"),
]
ON_ALL = RetrainingDefinition(on=["upload", "alarm", "schedule"])


@pytest.mark.parametrize("order", [1, -1])
def test_of_those_that_were_kept_person_decay_drift_data_and_schedule_are_asked_in_this_order(
    order: int,
) -> None:
    record = remembered(lock_run="run-1")
    for trigger in CAUSES[::order]:
        record = decide(trigger, record, seen(), ON_ALL).record
    assert len(record.waiting) == 5
    assert next_kept(record) is None, "while the run holds the lock"
    record, asked = ended(record, "run-1"), []
    while (first := next_kept(record)) is not None:
        asked.append(first)
        record = without_waiting(record, first.id)
    assert [each.cause for each in asked] == ["person", "decay", "drift", "upload", "schedule"]


def test_of_one_cause_the_newest_is_kept_and_what_a_person_forces_is_not_displaced() -> None:
    record, forced = remembered(lock_run="run-1"), asked_by("person", force=True)
    newer = msgspec.structs.replace(asked_by("upload"), id="newer")
    for trigger in (asked_by("upload"), newer, forced, asked_by("person")):
        record = decide(trigger, record, seen(), ON_ALL).record
    assert [each.trigger for each in record.waiting] == [newer, forced]


@pytest.mark.parametrize("stands", [True, False])
def test_a_training_is_that_of_the_first_by_priority_which_is_still_wanted_and_answers_all(
    stands: bool,
) -> None:
    record = remembered(last_admitted_at=NOON)
    for trigger in (asked_by("schedule"), asked_by("alarm", alarm="keepfit-m-drift")):
        record = decide(trigger, record, seen(alarm_since=NOON), ON_ALL).record
    later = seen(now=NOON + timedelta(hours=1), alarm_since=NOON if stands else None)
    found = admitted(asked_by("schedule"), record=record, situation=later, policy=ON_ALL)
    assert found.trigger.cause == ("drift" if stands else "schedule")
    assert found.record.waiting == []
    assert {"event-schedule", "event-alarm"} <= {*found.record.answered}
    again = admitted(asked_by("schedule"), record=found.record, situation=later, policy=ON_ALL)
    assert again.trigger.cause == found.trigger.cause, "a retry says the same"


def test_an_admission_answers_what_was_kept() -> None:
    kept = remembered(waiting=[Waiting(trigger=asked_by("alarm"))])
    assert admitted(asked_by("upload"), record=kept).record.waiting == []


def test_the_run_that_holds_the_lock_is_admitted_again_and_nothing_changes() -> None:
    record = admitted(asked_by("upload")).record
    again = admitted(asked_by("upload"), record=record)
    assert again.record == record


def test_an_event_delivered_again_after_its_run_is_not_admitted_again() -> None:
    record = ended(admitted(asked_by("upload")).record, learned=False)
    later = seen(run_id="run-3", now=NOON + timedelta(hours=5))
    assert (
        reason(asked_by("upload"), record=record, situation=later)
        == "this event has already started a training"
    )


def test_the_same_data_definition_and_code_teach_nothing_new() -> None:
    told = reason(asked_by("upload"), record=remembered(fingerprint="new"))
    assert told is not None
    assert told.startswith("nothing new to learn from")


def test_a_finished_run_is_not_repeated_with_the_same_data() -> None:
    finished = ended(admitted(asked_by("upload")).record)
    later = seen(run_id="run-3", now=NOON + timedelta(hours=2))
    assert "nothing new" in (reason(asked_by("alarm"), record=finished, situation=later) or "")


def test_a_release_touches_no_other_runs_lock() -> None:
    record = admitted(asked_by("upload")).record
    assert ended(record, "run-1") == record


def test_the_memory_for_answered_events_is_bounded() -> None:
    record = remembered(answered=[f"event-{n}" for n in range(50)])
    answered = admitted(asked_by("upload"), record=record).record.answered
    assert len(answered) == 50
    assert answered[-1] == "event-upload"


def test_a_finished_model_is_judged_on_known_data_and_decides_on_no_training() -> None:
    wish = asked_by("person", imported="0" * 64)
    before = remembered(fingerprint="new", last_admitted_at=NOON, day="2013-03-01", admitted_today=2)
    after = admitted(wish, record=before).record
    assert (after.lock_run, after.lock_fingerprint) == ("run-2", None)
    nothing = decide(wish, before, seen(data={"flights": None, "weather": None}), ON_BOTH)
    assert isinstance(nothing, Suppressed)
    assert nothing.reason.startswith("no data yet in flights and weather")


def test_a_release_is_admitted_whatever_cooldown_cap_and_known_data_say() -> None:
    wish = asked_by("person", release=3)
    record = remembered(fingerprint="new", last_admitted_at=NOON, day="2013-03-01", admitted_today=2)
    nothing = seen(data={"flights": None, "weather": None})
    assert admitted(wish, record=record, situation=nothing).record.lock_run == "run-2"


def test_a_release_changes_nothing_that_decides_on_the_next_training() -> None:
    kept = asked_by("upload")
    before = remembered(
        last_admitted_at=NOON, day="2013-03-01", admitted_today=1, waiting=[Waiting(trigger=kept)]
    )
    after = admitted(asked_by("person", release=3), record=before).record
    for what in ("fingerprint", "last_admitted_at", "day", "admitted_today", "waiting"):
        assert getattr(after, what) == getattr(before, what), what


def test_a_release_during_a_run_is_refused_and_takes_no_kept_triggers_place() -> None:
    before = remembered(
        lock_run="run-1", lock_execution="arn:run-1", waiting=[Waiting(trigger=asked_by("upload"))]
    )
    decision = decide(asked_by("person", release=3), before, seen(), ON_BOTH)
    assert isinstance(decision, Suppressed)
    assert decision.reason == "run run-1 is in progress; request it again when it has ended"
    assert decision.record == before


def test_a_deployment_releases_what_serves_though_there_is_nothing_to_learn() -> None:
    record = remembered(fingerprint="new", last_admitted_at=NOON, day="2013-03-01", admitted_today=2)
    found = admitted(asked_by("deployment"), record=record, situation=seen(champion=7))
    assert (found.trigger.kind, found.trigger.release) == ("deployment", 7)
    assert found.record.lock_fingerprint is None
    freed = ended(found.record)
    assert (freed.fingerprint, freed.admitted_today) == ("new", 2)


def test_a_deployment_before_the_first_release_packages_nothing() -> None:
    told = reason(asked_by("deployment"), situation=seen(champion=None))
    assert told == "nothing serves yet: the first version is packaged with what was deployed"


def test_a_model_that_follows_no_deployments_says_how_to_release() -> None:
    told = reason(asked_by("deployment"), situation=seen(follows_deployments=False))
    assert told is not None
    assert "`keepfit release`" in told


def test_a_deployment_during_a_run_asks_again_and_displaces_no_training() -> None:
    kept = asked_by("upload")
    record = remembered(lock_run="run-1", waiting=[Waiting(trigger=kept)])
    found = decide(asked_by("deployment"), record, seen(), ON_BOTH)
    assert isinstance(found, Suppressed)
    assert found.record == record
    assert found.ask_again_at == NOON + timedelta(minutes=10)


def test_another_champion_of_a_node_releases_what_serves_or_was_registered_last() -> None:
    trigger = asked_by("node", model="forest")
    serving = admitted(trigger, situation=seen(champion=7, registered=None))
    assert (serving.trigger.release, serving.record.lock_fingerprint) == (7, None), "nothing is learned"
    assert admitted(trigger, situation=seen(champion=None, registered=3)).trigger.release == 3
    told = reason(trigger, situation=seen(champion=None, registered=None))
    assert told == "no version is registered that could be released with forest"


def test_a_node_that_comes_while_a_run_is_in_progress_is_asked_again_at_its_end() -> None:
    busy = remembered(lock_run="run-1", lock_execution="arn:run-1", lock_until=NOON + timedelta(hours=1))
    decision = decide(asked_by("node", model="forest"), busy, seen(), ON_BOTH)
    assert isinstance(decision, Suppressed)
    assert [each.trigger.kind for each in decision.record.waiting] == ["node"]
