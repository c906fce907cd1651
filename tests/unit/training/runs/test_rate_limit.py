"""The rate limit of trainings: how long the next one waits, and what does not wait."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from keepfit.instants import Duration
from keepfit.training.definition import RetrainingDefinition
from keepfit.training.runs.admission_record import AdmissionRecord
from keepfit.training.runs.admission_rules import Admitted, Suppressed, decide
from keepfit.training.runs.rate_limit import longest_execution
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


MONTHLY = RetrainingDefinition(
    on=["upload", "alarm"], cooldown=Duration(0), max_per_day=1000, max_per_month=2, retries=10
)


@pytest.mark.parametrize(
    ("now", "until"),
    [
        (datetime(2013, 3, 1, tzinfo=UTC), datetime(2013, 4, 1, tzinfo=UTC)),
        (datetime(2013, 12, 31, 23, 59, tzinfo=UTC), datetime(2014, 1, 1, tzinfo=UTC)),
        (datetime(2016, 1, 31, 1, tzinfo=UTC), datetime(2016, 2, 1, tzinfo=UTC)),
    ],
)
def test_what_comes_after_the_budget_of_a_month_waits_for_the_next(now: datetime, until: datetime) -> None:
    spent = remembered(month=f"{now:%Y-%m}", trained_this_month=2)
    decision = decide(asked_by("upload"), spent, seen(now=now), MONTHLY)
    assert isinstance(decision, Suppressed)
    assert decision.ask_again_at == until
    assert decision.reason == (
        f"the budget of 2 trainings a month is used up for {now:%Y-%m} (UTC); the next may start on {until:%Y-%m-%d}; "
        "the trigger is sent again then"
    )
    assert isinstance(decide(asked_by("upload"), decision.record, seen(now=until), MONTHLY), Admitted)


def test_a_person_may_spend_more_than_the_budget_and_others_have_none() -> None:
    spent = remembered(month="2013-03", trained_this_month=2)
    assert "budget" in (reason(asked_by("person"), record=spent, policy=MONTHLY) or "")
    assert reason(asked_by("person", force=True), record=spent, policy=MONTHLY) is None
    assert reason(asked_by("upload"), record=spent) is None


@pytest.mark.parametrize("learned", [True, False])
def test_a_training_counts_for_the_month_in_which_it_began_whether_it_failed_or_not(learned: bool) -> None:
    before = remembered(month="2013-03", trained_this_month=1)
    running = admitted(asked_by("upload"), record=before).record
    after = ended(running, at=NOON + timedelta(days=40), learned=learned)
    assert (after.month, after.trained_this_month) == ("2013-03", 2)
    february = remembered(month="2013-02", trained_this_month=9)
    first = ended(admitted(asked_by("upload"), record=february).record, learned=learned)
    assert (first.month, first.trained_this_month) == ("2013-03", 1)


def test_a_release_of_a_version_costs_no_training() -> None:
    running = admitted(asked_by("person", release=3)).record
    assert ended(running).trained_this_month == 0


def test_an_execution_lives_as_long_as_the_budget_lets_it_wait() -> None:
    longest = longest_execution(Duration.parse("1d"), MONTHLY)
    assert longest > Duration.parse("31d")
    assert longest_execution(Duration.parse("1h"), ON_BOTH) < Duration.parse("2d")
