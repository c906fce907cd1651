"""The rate limit of trainings: how long the next one waits, and what does not wait."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec
import pytest

from keepfit.instants import Duration
from keepfit.training.definition import RetrainingDefinition
from keepfit.training.runs.admission_record import AdmissionRecord
from keepfit.training.runs.admission_rules import Admitted, Suppressed, decide
from keepfit.training.runs.triggers import Kind
from tests.unit.training.support.asking import (
    NOON,
    ON_BOTH,
    admitted,
    asked_by,
    ended,
    reason,
    remembered,
    seen,
)


def test_the_cooldown_counts_from_the_last_admission_and_says_until_when() -> None:
    record = remembered(last_admitted_at=NOON - timedelta(minutes=57))
    assert reason(asked_by("alarm"), record=record) == "cooldown until 12:03 UTC"
    assert reason(asked_by("alarm"), record=record, situation=seen(now=NOON + timedelta(minutes=3))) is None


def test_a_cooldown_that_ends_on_another_day_says_which() -> None:
    record = remembered(last_admitted_at=NOON)
    policy = RetrainingDefinition(on=["alarm"], cooldown=Duration.parse("1d"))
    assert reason(asked_by("alarm"), record=record, policy=policy) == "cooldown until 2013-03-02 12:00 UTC"


def test_the_daily_cap_ends_with_the_day() -> None:
    record = remembered(day="2013-03-01", admitted_today=2)
    told = reason(asked_by("alarm"), record=record)
    assert told == "the 2 trainings of 2013-03-01 (UTC) are used up; the next may start tomorrow"
    tomorrow = seen(now=NOON + timedelta(days=1))
    running = admitted(asked_by("upload"), record=record, situation=tomorrow).record
    assert ended(running).admitted_today == 1


@pytest.mark.parametrize(
    ("record", "until"),
    [
        (remembered(last_admitted_at=NOON - timedelta(minutes=57)), NOON + timedelta(minutes=3)),
        (remembered(day="2013-03-01", admitted_today=2), NOON + timedelta(hours=12)),
    ],
)
@pytest.mark.parametrize("alarm_since", [None, NOON])
def test_an_upload_that_comes_too_early_is_asked_again_as_soon_as_it_may_be_admitted(
    record: AdmissionRecord, until: datetime, alarm_since: datetime | None
) -> None:
    decision = decide(asked_by("upload"), record, seen(alarm_since=alarm_since), ON_BOTH)
    assert isinstance(decision, Suppressed)
    assert decision.ask_again_at == until
    assert decision.reason.endswith("; the trigger is sent again then")
    assert [(each.trigger, each.until) for each in decision.record.waiting] == [(asked_by("upload"), until)]
    then = seen(now=until, alarm_since=alarm_since)
    assert isinstance(decide(asked_by("upload"), decision.record, then, ON_BOTH), Admitted)


@pytest.mark.parametrize("kind", ["alarm", "person"])
def test_who_comes_again_or_reads_the_reason_does_not_ask_again_by_itself(kind: Kind) -> None:
    policy = RetrainingDefinition(on=["alarm"], cooldown=Duration.parse("1h"))
    decision = decide(asked_by(kind), remembered(last_admitted_at=NOON), seen(), policy)
    assert isinstance(decision, Suppressed)
    assert decision.reason.startswith("cooldown until 13:00 UTC")
    assert decision.ask_again_at is None


def test_a_schedule_that_comes_too_early_is_not_lost_until_the_next_one() -> None:
    policy = RetrainingDefinition(on=["schedule"], cooldown=Duration.parse("1h"))
    decision = decide(asked_by("schedule"), remembered(last_admitted_at=NOON), seen(), policy)
    assert isinstance(decision, Suppressed)
    assert decision.ask_again_at == NOON + timedelta(hours=1)


def test_an_upload_with_nothing_to_teach_does_not_wait_for_it() -> None:
    decision = decide(
        asked_by("upload"), remembered(fingerprint="new", last_admitted_at=NOON), seen(), ON_BOTH
    )
    assert isinstance(decision, Suppressed)
    assert decision.ask_again_at is None


def test_force_skips_fingerprint_cooldown_and_cap_but_not_the_lock() -> None:
    record = remembered(fingerprint="new", last_admitted_at=NOON, day="2013-03-01", admitted_today=2)
    assert (reason(asked_by("person"), record=record) or "").endswith(
        "; ask with force to train all the same"
    )
    assert reason(asked_by("person", force=True), record=record) is None
    locked = msgspec.structs.replace(record, lock_run="run-1")
    assert reason(asked_by("person", force=True), record=locked) is not None


def test_only_a_person_can_force() -> None:
    record = remembered(fingerprint="new")
    assert reason(asked_by("upload", force=True), record=record) is not None


def test_a_run_that_failed_starts_no_cooldown_and_counts_for_no_day_so_mended_data_trains_at_once() -> None:
    running = admitted(asked_by("upload")).record
    failed = ended(running, learned=False)
    assert (failed.last_admitted_at, failed.admitted_today, failed.fingerprint) == (None, 0, "old")
    mended = seen(run_id="run-3", fingerprint="mended", now=NOON + timedelta(minutes=1))
    upload = msgspec.structs.replace(asked_by("upload"), id="mended")
    assert reason(upload, record=failed, situation=mended) is None


def test_a_verdict_that_leaves_nothing_serving_starts_no_cooldown_and_counts_for_its_day() -> None:
    running = admitted(asked_by("upload"), situation=seen(champion=None)).record
    after = ended(running, serves=False)
    assert (after.last_admitted_at, after.admitted_today, after.fingerprint) == (None, 1, "new")
    mended = seen(run_id="run-3", fingerprint="mended", now=NOON + timedelta(minutes=1), champion=None)
    upload = msgspec.structs.replace(asked_by("upload"), id="mended")
    assert reason(upload, record=after, situation=mended) is None
    same = seen(run_id="run-3", now=NOON + timedelta(minutes=1), champion=None)
    assert "nothing new to learn from" in str(reason(upload, record=after, situation=same))


def test_a_verdict_starts_the_cooldown_as_of_its_admission_and_counts_for_that_day() -> None:
    running = admitted(asked_by("upload"), record=remembered(day="2013-03-01", admitted_today=1)).record
    after = ended(running)
    assert (after.last_admitted_at, after.day, after.admitted_today) == (NOON, "2013-03-01", 2)
    assert after.fingerprint == "new"


def test_a_release_of_a_version_starts_no_cooldown_however_it_ends() -> None:
    before = remembered(last_admitted_at=NOON, day="2013-03-01", admitted_today=1)
    running = admitted(asked_by("person", release=3), record=before).record
    for learned in (True, False):
        after = ended(running, learned=learned)
        assert msgspec.structs.replace(after, answered=[]) == before
