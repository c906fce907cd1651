"""The contract of Approvals: one record for a run, which nobody overwrites unread."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from keepfit.adapters.aws.dynamodb_approvals import DynamoApprovals
from keepfit.adapters.aws.dynamodb_items import ModelItems
from keepfit.adapters.memory.registry import MemoryApprovals
from keepfit.errors import Conflict
from keepfit.registry.approvals import Approval, Approvals

AT = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)


@pytest.fixture(params=["memory", "dynamodb"])
def approvals(request: pytest.FixtureRequest) -> Approvals:
    if request.param == "memory":
        return MemoryApprovals()
    return DynamoApprovals(ModelItems(table=request.getfixturevalue("registry_table"), model="m"))


def asked(day: int) -> Approval:
    at = AT + timedelta(days=day)
    return Approval(
        run_id=f"{at:%Y%m%dT%H%M%S}-a",
        version=day,
        lambda_version=str(day + 1),
        asked_at=at,
        expires_at=at + timedelta(days=7),
        asked_by=None,
        second_person=True,
        token="a token",
    )


def test_a_run_that_asked_for_none_has_none(approvals: Approvals) -> None:
    assert approvals.find("20260504T030201-a") is None
    assert approvals.newest(5) == []


def test_what_was_written_is_found_as_it_was_returned(approvals: Approvals) -> None:
    kept = approvals.replace(asked(1))
    assert kept == msgspec.structs.replace(asked(1), revision=1)
    assert approvals.find(kept.run_id) == kept


def test_a_decision_follows_the_revision_that_was_read(approvals: Approvals) -> None:
    kept = approvals.replace(asked(1))
    decided = approvals.replace(msgspec.structs.replace(kept, decision="refused", decided_by="ada", why="no"))
    assert decided.revision == 2
    assert approvals.find(kept.run_id) == decided


def test_what_was_read_before_another_decision_is_not_written(approvals: Approvals) -> None:
    kept = approvals.replace(asked(1))
    decided = approvals.replace(msgspec.structs.replace(kept, decision="refused"))
    with pytest.raises(Conflict):
        approvals.replace(msgspec.structs.replace(kept, decision="approved"))
    with pytest.raises(Conflict):
        approvals.replace(asked(1))
    assert approvals.find(kept.run_id) == decided


def test_the_newest_come_first(approvals: Approvals) -> None:
    for day in (2, 1, 3):
        approvals.replace(asked(day))
    assert [approval.version for approval in approvals.newest(2)] == [3, 2]
