"""Figures of values: bins of equal size that hold every row once."""

from __future__ import annotations

import numpy as np
import pytest

from keepfit.evaluation.figures.values import predicted_and_actual, residuals

RANDOM = np.random.default_rng(0)
OUTPUTS = RANDOM.gamma(2, 100, 2000)
LABELS = OUTPUTS + RANDOM.normal(0, 20, 2000)


def test_a_model_without_bias_lies_on_the_diagonal() -> None:
    line = predicted_and_actual(LABELS, OUTPUTS)
    assert (sum(line.rows), set(line.rows), line.ideal) == (2000, {100}, "diagonal")
    assert [up for _, up in line.points] == pytest.approx([across for across, _ in line.points], abs=8)


def test_residuals_are_told_by_their_median_and_where_most_of_them_lie() -> None:
    low, middle, high = residuals(LABELS, OUTPUTS)
    assert {line.ideal for line in (low, middle, high)} == {"zero"}
    for (_, a), (_, b), (_, c) in zip(low.points, middle.points, high.points, strict=True):
        assert a < b < c
    assert np.mean([up for _, up in high.points]) == pytest.approx(20 * 1.2816, rel=0.1)


def test_few_rows_make_few_bins() -> None:
    assert predicted_and_actual(LABELS[:7], OUTPUTS[:7]).rows == [7]
