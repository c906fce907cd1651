"""Calibrations are the most likely ones, as scipy finds them, and as sure as rows make them."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import log_softmax

from keepfit.monitoring.estimation.calibration import Floats, calibrated, fitted


def _drawn(rows: int, classes: int, seed: int) -> tuple[Floats, np.ndarray]:
    """Probabilities that claim too much, and the classes that came true."""
    random = np.random.default_rng(seed)
    sums = random.normal(0, 1.3, (rows, classes))
    true = np.exp(log_softmax(sums, axis=1))
    labels = (random.random((rows, 1)) >= true.cumsum(axis=1)[:, :-1]).sum(axis=1)
    return np.exp(log_softmax(1.6 * sums + 0.3 * np.arange(classes), axis=1)), labels


@pytest.mark.parametrize(("classes", "seed"), [(2, 0), (2, 1), (3, 2), (5, 3)])
def test_the_fit_is_what_scipy_finds_from_the_definition(classes: int, seed: int) -> None:
    given, labels = _drawn(600, classes, seed)

    def loss(found: Floats) -> float:
        slopes, offsets = found[:classes], found[classes:]
        likely = log_softmax(np.log(given) * slopes + offsets, axis=1)[np.arange(len(labels)), labels]
        return float(-likely.sum() + ((slopes - 1) ** 2).sum() / 2 + (offsets**2).sum() / 2)

    best = minimize(loss, np.repeat([1.0, 0.0], classes), method="BFGS").x
    found = fitted(given, labels)
    assert found.slopes[0] == pytest.approx(best[:classes], abs=2e-3)
    assert found.offsets[0] == pytest.approx(best[classes:], abs=2e-3)


def test_probabilities_that_claim_too_much_are_mended() -> None:
    given, labels = _drawn(20_000, 2, 4)
    fresh, came = _drawn(20_000, 2, 5)
    found = fitted(given, labels)
    mended = calibrated(fresh, found.slopes[0], found.offsets[0])[:, 1]
    for low in (0.0, 0.2, 0.4, 0.6, 0.8):
        near = (mended >= low) & (mended < low + 0.2)
        assert came[near].mean() == pytest.approx(mended[near].mean(), abs=0.03)


def test_few_rows_change_little_and_leave_it_unsure() -> None:
    given, labels = _drawn(5_000, 2, 6)
    few, many = fitted(given[:20], labels[:20]), fitted(given, labels)
    spread = [each.slopes[1:].std(axis=0).mean() for each in (few, many)]
    assert spread[0] > 4 * spread[1]
    assert np.abs(few.slopes[0] - 1).max() < 1


def test_certainties_and_rows_of_one_class_are_fitted_too() -> None:
    found = fitted(np.array([[0.0, 1.0]] * 30), np.ones(30, dtype=np.int64))
    assert np.isfinite(found.slopes).all()
    assert calibrated(np.array([[0.0, 1.0]]), found.slopes[0], found.offsets[0])[0, 1] > 0.9


def test_the_same_rows_give_the_same_calibration() -> None:
    given, labels = _drawn(200, 3, 7)
    one, other = fitted(given, labels), fitted(given, labels)
    assert (one.slopes == other.slopes).all()
    assert (one.offsets == other.offsets).all()
