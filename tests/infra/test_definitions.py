"""What a definition may say that the cloud could not keep is refused while synthesizing, by its own name."""

from __future__ import annotations

import pytest

from infra.constructs.schedule import every
from infra.training.flow import training_flow
from infra.training.states import Json
from keepfit.errors import InvalidDefinition
from keepfit.instants import Duration
from keepfit.serving.definition import ReleaseDefinition
from keepfit.training.definition import RetrainingDefinition


@pytest.mark.parametrize("seconds", [1, 59, 61, 90])
def test_a_schedule_is_whole_minutes(seconds: int) -> None:
    with pytest.raises(
        InvalidDefinition, match=r"\[model\.m\.monitoring\] schedule is .*, and EventBridge keeps"
    ):
        every(Duration(seconds), said_in="[model.m.monitoring] schedule")


def test_a_whole_minute_is_a_schedule() -> None:
    assert every(Duration.parse("1m"), said_in="").expression_string == "rate(1 minute)"
    assert every(Duration.parse("2d"), said_in="").expression_string == "rate(2 days)"


def test_a_canary_is_not_looked_at_more_often_than_an_execution_can_record() -> None:
    impatient = ReleaseDefinition(evaluation_period=Duration.parse("1s"), baking_limit=Duration.parse("1h"))
    with pytest.raises(InvalidDefinition, match="baking_limit 1h is 3600 times evaluation_period 1s"):
        training_flow(
            None,  # type: ignore[arg-type] # refused before it is used
            task=Json(),
            release=impatient,
            retraining=RetrainingDefinition(),
        )
