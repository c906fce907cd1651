"""The columns that a model is evaluated by exist and have groups."""

from __future__ import annotations

from pathlib import Path

import pytest

from keepfit.application.plan_training_set import plan_of
from tests.unit.definitions.test_compiling import MODEL, TRIPS, WEATHER, compiled, refused

DRIVER = TRIPS + 'fields.driver = { type = "category" }\n'


def test_a_model_is_evaluated_by_what_it_sees_and_by_what_it_does_not(tmp_path: Path) -> None:
    asked = 'evaluation = { slices = ["station", "wind"], fairness = ["driver"] }'
    plan = plan_of(compiled(tmp_path, DRIVER, WEATHER, MODEL + asked))
    assert plan.beside == ("driver",)
    assert "driver" not in plan.columns


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (
            'slices = ["statoin"]',
            (
                "slices: 'statoin' is neither a field of [dataset.trips] nor a feature of the model; "
                "did you mean 'station'?"
            ),
        ),
        ('fairness = ["late"]', "fairness: 'late' is the label: name what rows are known by before it"),
        ('slices = ["started_at"]', "slices: 'started_at' is of type timestamp, which has no groups"),
        ('slices = ["station", "station"]', "slices: name each column only once"),
    ],
)
def test_a_column_without_groups_is_refused(tmp_path: Path, asked: str, says: str) -> None:
    assert f"[model.lateness.evaluation] {says}" in refused(
        tmp_path, TRIPS, WEATHER, MODEL + f"evaluation = {{ {asked} }}"
    )
