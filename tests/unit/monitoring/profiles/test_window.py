"""Inputs count over the requests of all versions that have them, what was predicted over the champion's own."""

from __future__ import annotations

import numpy as np

from keepfit.monitoring.profiles.bins import Binned
from keepfit.monitoring.profiles.profile import profile_of
from keepfit.monitoring.profiles.window import WindowRows, columns_to_read, count_window
from keepfit.tasks.registry import task_of
from keepfit.tasks.spec import BINARY

TASK = task_of(BINARY)

REFERENCE = profile_of(
    {"distance": [1.0, 2.0] * 2, "carrier": ["UA", "AA"] * 2, "late": [True, False] * 2},
    {"distance": "float", "carrier": "category", "late": "bool"},
).with_outputs(TASK, np.array([0.1, 0.9]))

UA = 1


def _part(versions: list[int], probabilities: list[float]) -> WindowRows:
    return WindowRows(
        versions=np.array(versions),
        columns={"carrier": Binned(np.full(len(versions), UA))},
        outputs={"probability": np.array(probabilities)},
    )


def test_columns_are_read_for_the_bins_that_they_are_counted_in() -> None:
    columns = columns_to_read(REFERENCE)
    assert columns.inputs == {name: column.bins for name, column in REFERENCE.columns.items()}
    assert columns.outputs == {"probability": REFERENCE.outputs["probability"].bins}


def test_inputs_count_over_all_versions_and_the_score_over_the_champions_own() -> None:
    window = count_window(
        [_part([1, 2, 2], [0.1, 0.9, 0.9])], REFERENCE, champion=1, has_column=lambda *_: True
    )
    assert window.profile.rows == 3
    assert window.profile.columns == {"carrier": [0, 3, 0, 0]}
    assert sum(window.profile.outputs["probability"]) == 1
    assert window.rows_by_version == {1: 1, 2: 2}


def test_parts_add_up() -> None:
    parts = [_part([1], [0.1]), _part([2, 1], [0.9, 0.1])]
    window = count_window(parts, REFERENCE, champion=1, has_column=lambda *_: True)
    assert (window.profile.rows, window.rows_by_version) == (3, {1: 2, 2: 1})


def test_a_version_that_is_not_asked_with_a_column_is_not_missing_it() -> None:
    window = count_window(
        [_part([1, 2, 2], [0.1, 0.9, 0.9])],
        REFERENCE,
        champion=1,
        has_column=lambda version, name: version == 1 or name != "carrier",
    )
    assert window.profile.columns == {"carrier": [0, 1, 0, 0]}
    assert window.profile.rows == 3


def test_no_part_is_an_empty_window() -> None:
    window = count_window([], REFERENCE, champion=1, has_column=lambda *_: True)
    assert (window.profile.rows, window.rows_by_version) == (0, {})
