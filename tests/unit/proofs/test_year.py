from __future__ import annotations

from typing import Any

from proofs.year import judge


def month(number: int, **changes: Any) -> dict[str, Any]:
    return {"month": number, "champion": 1, "auc": 0.71, "auc_frozen": 0.69, "failed_requests": 0, **changes}


def year(*months: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {
        "seconds": 100.0,
        "mean_auc": 0.735,
        "mean_auc_frozen": 0.71,
        "retrainings_by_alarm": 3,
        "months": list(months or (month(3), month(4))),
        **changes,
    }


def broken(*years: dict[str, Any]) -> list[str]:
    return [claim.promise for claim in judge(list(years)).claims if not claim.holds]


def test_a_good_year_played_twice_alike_holds() -> None:
    assert judge([year(), year()]).holds


def test_each_promise_can_be_broken() -> None:
    assert "retrainings" in broken(year(retrainings_by_alarm=1), year())[0]
    assert "kept-fit" in broken(year(mean_auc=0.724, mean_auc_frozen=0.6), year())[0]
    assert "frozen" in broken(year(mean_auc_frozen=0.721), year())[0]
    assert "failed" in broken(year(), year(month(3), month(4, failed_requests=1)))[0]


def test_another_champion_or_auc_the_second_time_is_named_with_its_month() -> None:
    for changes in ({"champion": 2}, {"auc": 0.7101}):
        proof = judge([year(), year(month(3), month(4, **changes))])
        assert not proof.holds
        assert proof.claims[-1].found.startswith("month 4: ")
