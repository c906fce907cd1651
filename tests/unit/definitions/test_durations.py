"""A duration that AWS cannot keep is refused when the definition is read, to the second."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
import pytest

from keepfit.definitions.model import ModelDefinition, read_duration
from keepfit.definitions.policy_checks import check_policies
from keepfit.errors import InvalidDefinition
from keepfit.training.runs import execution_limits

DAY = 24 * 60 * 60


def model(tables: Mapping[str, Any]) -> ModelDefinition:
    written = {"dataset": "trips", "label": "late", "inputs": ["far"], **tables}
    return msgspec.convert(written, ModelDefinition, dec_hook=read_duration)


def refused(**tables: Any) -> str:
    with pytest.raises(InvalidDefinition) as error:
        check_policies("lateness", model(tables))
    return str(error.value)


def accept(**tables: Any) -> None:
    check_policies("lateness", model(tables))


def baking(limit: str, every: str, **more: str) -> dict[str, Any]:
    return {"release": {"baking_limit": limit, "evaluation_period": every, **more}}


def candidates(count: int) -> dict[str, Any]:
    return {f"c{number}": {"algorithm": "random_forest"} for number in range(count)}


def test_a_canary_bakes_as_long_as_its_requests_are_kept_by_the_minute() -> None:
    accept(**baking(f"{14 * DAY - 3600}s", "1h"))
    message = refused(**baking(f"{14 * DAY - 3600 + 1}s", "1h"))
    assert message.startswith("[model.lateness.release] baking_limit")
    assert "at most 14d together: CloudWatch keeps the requests of each minute for 15 days" in message


@pytest.mark.parametrize("count", [1, 20])
def test_a_canary_is_looked_at_as_often_as_an_execution_can_record(count: int) -> None:
    most = execution_limits.most_looks(count)
    tried = {"training": {"candidates": candidates(count)}}
    accept(**tried, **baking(f"{most}s", "1s", baking_period="1s"))
    message = refused(**tried, **baking(f"{most + 1}s", "1s", baking_period="1s"))
    assert f"allows {most + 1} looks, one every evaluation_period 1s" in message
    assert f"can record {most}: look less often" in message


def test_only_what_bakes_has_a_shadow() -> None:
    accept(release={"shadow": 0.1})
    message = refused(release={"shadow": 0.1, "strategy": "at_once"})
    assert "shadow is for challengers that bake" in message


def test_the_first_look_at_a_canary_comes_before_its_limit() -> None:
    accept(**baking("1h", "1h"))
    assert "evaluation_period must not be longer than baking_limit" in refused(**baking("1h", "3601s"))


def test_the_first_retry_waits_from_a_minute_to_a_day() -> None:
    for wait in ("1m", "1d"):
        accept(retraining={"retry_after": wait})
    for beyond in ("59s", f"{DAY + 1}s"):
        message = refused(retraining={"retry_after": beyond})
        assert message == f"[model.lateness.retraining] retry_after = '{beyond}': write from '1m' to '1d'"


def test_a_cooldown_ends_within_the_year_that_an_execution_lives() -> None:
    accept(retraining={"cooldown": str(execution_limits.MAX_COOLDOWN)})
    accept(retraining={"cooldown": f"{365 * DAY - 3600}s"})
    message = refused(retraining={"cooldown": f"{365 * DAY - 3600 + 1}s"})
    assert message.startswith("[model.lateness.retraining] cooldown = ")
    assert "lives for a year at most; write at most '364d'" in message


def test_a_schedule_runs_at_least_once_a_year() -> None:
    accept(retraining={"on": ["schedule"], "schedule": "365d"})
    message = refused(retraining={"on": ["schedule"], "schedule": "525601m"})
    assert message.startswith("[model.lateness.retraining] schedule = '525601m': EventBridge counts it")
    assert "write at most '365d'" in message


def test_a_run_has_the_time_to_try_its_candidates() -> None:
    accept(training={"candidates": candidates(20)})
    assert "candidates: 21 are more than one run has the time to try; name at most 20" in refused(
        training={"candidates": candidates(21)}
    )
