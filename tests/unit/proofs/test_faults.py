from __future__ import annotations

from typing import Any

from proofs.faults import judge

OPERATIONS = [f"s3.Operation{n}" for n in range(20)]


def day(number: int, **changes: Any) -> dict[str, Any]:
    return {"day": str(number), "failed": False, "faults": 300, "operations": OPERATIONS, **changes}


def broken(*days: dict[str, Any], wanted: int = 2) -> list[str]:
    return [claim.promise for claim in judge(list(days), wanted=wanted).claims if not claim.holds]


def test_days_on_which_all_went_well_hold() -> None:
    assert broken(day(0), day(1)) == []


def test_each_promise_can_be_broken() -> None:
    assert "days played" in broken(day(0))[0]
    assert "nothing is lost" in broken(day(0), day(1, failed=True))[0]
    assert "mildest" in broken(day(0), day(1, faults=3))[0]
    assert "kinds" in broken(day(0, operations=[]), day(1, operations=OPERATIONS[:4]))[0]


def test_the_day_that_failed_is_named() -> None:
    [_, failed, *_] = judge([day(0), day(17, failed=True)], wanted=2).claims
    assert failed.found == "not on 17"
