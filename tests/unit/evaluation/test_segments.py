"""The metric of every segment of a holdout, with what its rows cannot say marked as soft."""

from __future__ import annotations

import numpy as np
import pytest

from keepfit.evaluation.segments import segment_figures
from keepfit.evaluation.slices.measure import Sliceable
from keepfit.evaluation.tasks.registry import training_task_of
from keepfit.tasks.spec import BINARY

TASK = training_task_of(BINARY)


def model(segments: np.ndarray, bad: str, metric: str) -> Sliceable:
    """Ranks rows well, but those of the segment ``bad`` at random."""
    random = np.random.default_rng(0)
    labels = random.random(len(segments)) < 0.4
    told = np.where(
        segments == bad,
        random.random(len(segments)),
        np.clip(labels * 0.5 + random.normal(0.25, 0.15, len(segments)), 0, 1),
    )
    return Sliceable(labels=labels, outputs=told, task=TASK, metric=TASK.metric(metric))


@pytest.mark.parametrize("metric", ["roc_auc", "log_loss"])
def test_the_worst_segment_comes_first_in_either_direction_of_the_metric(metric: str) -> None:
    segments = np.repeat([f"s{number:02}" for number in range(20)], 100)
    figures = segment_figures("store", segments.tolist(), model(segments, "s07", metric), {"s01"})
    assert len(figures.segments) == 20
    assert figures.segments[0].segment == "s07"
    assert figures.spread > 0
    assert [each.segment for each in figures.segments if each.own] == ["s01"]
    worst = figures.segments[0]
    assert worst.metric is not None
    # Drawn to the others, and still the worst.
    assert abs(worst.expected - figures.mean) < abs(worst.metric - figures.mean)


def test_few_rows_are_soft_and_too_few_have_no_metric() -> None:
    segments = np.array(["large"] * 400 + ["other"] * 400 + ["small"] * 30 + ["tiny"] * 3)
    values = [None if place == 0 else value for place, value in enumerate(segments.tolist())]
    figures = {
        each.segment: each
        for each in segment_figures("store", values, model(segments, "small", "brier"), ()).segments
    }
    assert not figures["large"].soft
    tiny = figures["tiny"]
    assert (tiny.metric, tiny.soft, tiny.note) == (None, True, "3 rows, and a slice needs 10")
    assert figures["missing"].rows == 1
