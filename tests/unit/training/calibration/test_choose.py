"""A calibration is chosen where it surely helps, and only then."""

from __future__ import annotations

import numpy as np
import pytest

from keepfit.evaluation.tasks.answer_definition import CalibrationKind
from keepfit.training.calibration.base import Calibration
from keepfit.training.calibration.choose import choose_calibration
from keepfit.training.calibration.isotonic import Isotonic
from keepfit.training.calibration.sigmoid import Sigmoid
from tests.unit.training.calibration.test_calibrations import drawn, two

ALL: list[CalibrationKind] = ["none", "sigmoid", "isotonic"]


def chosen(raw: np.ndarray, labels: np.ndarray, wished: CalibrationKind | None = None) -> Calibration | None:
    return choose_calibration(raw, labels, allowed=ALL, wished=wished)


def test_true_odds_are_left_alone() -> None:
    random = np.random.default_rng(0)
    true = random.random(5000)
    assert chosen(two(true), (random.random(5000) < true).astype(np.int64)) is None


def test_odds_that_weights_moved_are_corrected_by_the_plainest_that_does() -> None:
    assert isinstance(chosen(*drawn(5000)), Sigmoid)


def test_odds_that_no_line_corrects_are_corrected_step_by_step() -> None:
    random = np.random.default_rng(0)
    scores = random.random(8000)
    true = np.where(scores < 0.3, 0.02, np.where(scores < 0.7, 0.5, 0.6))
    assert isinstance(chosen(two(scores), (random.random(8000) < true).astype(np.int64)), Isotonic)


@pytest.mark.parametrize(("wished", "kind"), [("sigmoid", Sigmoid), ("isotonic", Isotonic)])
def test_what_is_wished_is_done(wished: CalibrationKind, kind: type) -> None:
    assert isinstance(chosen(*drawn(5000), wished), kind)


def test_none_is_none() -> None:
    assert chosen(*drawn(5000), "none") is None


def test_few_rows_and_a_rare_class_tell_nothing() -> None:
    raw, labels = drawn(5000)
    assert chosen(raw[:40], labels[:40], "sigmoid") is None
    assert chosen(raw, np.where(np.arange(5000) < 5, 1, 0), "isotonic") is None
