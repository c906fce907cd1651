"""Targets are learned instead of a label, and have a way back."""

from __future__ import annotations

import numpy as np
import pytest

from keepfit.evaluation.tasks.target import Target, is_skewed, logarithm, standardized

AMOUNTS = np.exp(np.random.default_rng(0).normal(8, 1.5, 1000))


@pytest.mark.parametrize("target", [Target(), standardized(AMOUNTS), logarithm(AMOUNTS)])
def test_the_way_back_leads_to_the_label(target: Target) -> None:
    assert target.predicted(target.learned(AMOUNTS)) == pytest.approx(AMOUNTS)


@pytest.mark.parametrize("make", [standardized, logarithm])
def test_what_is_learned_lies_around_zero_in_any_unit(make: object) -> None:
    for unit in (1e-6, 1.0, 1e9):
        learned = make(AMOUNTS * unit).learned(AMOUNTS * unit)  # type: ignore[operator]
        assert (learned.mean(), learned.std()) == pytest.approx((0.0, 1.0), abs=1e-9)


def test_only_positive_amounts_with_a_long_tail_are_skewed() -> None:
    assert is_skewed(AMOUNTS)
    assert not is_skewed(AMOUNTS - AMOUNTS.min())  # one of them is nothing
    assert not is_skewed(np.random.default_rng(0).normal(100, 5, 1000))
    assert not is_skewed(np.full(10, 3.0))


def test_predictions_may_be_a_factor_larger() -> None:
    target = logarithm(AMOUNTS)
    raw = target.learned(AMOUNTS)
    assert target.multiplied(1.3).predicted(raw) == pytest.approx(1.3 * AMOUNTS)
