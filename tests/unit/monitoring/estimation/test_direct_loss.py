"""What predictions of a holdout lost is what such predictions are expected to lose."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from keepfit.errors import EmptyWindow
from keepfit.evaluation.tasks.registry import training_task_of
from keepfit.monitoring.estimation.direct_loss import DirectLoss
from keepfit.monitoring.estimation.estimate import Estimate
from keepfit.monitoring.estimation.registry import AnyEstimator, estimator_of
from keepfit.tasks.spec import TaskSpec

TASK = training_task_of(TaskSpec(kind="regression"))


def _drawn(rows: int, seed: int, *, shift: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Labels and predictions, which are off by more the larger they are; ``shift`` makes large ones more frequent."""
    random = np.random.default_rng(seed)
    truth = random.gamma(3, 1 + shift, rows) + 2
    return truth + random.normal(0, 0.25 * truth), truth * 0.95 + 0.2


def _fitted(rows: int, seed: int) -> DirectLoss:
    found = estimator_of(TASK, *_drawn(rows, seed))
    assert isinstance(found, DirectLoss)
    return found


def _estimated(estimator: DirectLoss, predictions: np.ndarray, parts: int = 1) -> dict[str, Estimate]:
    tally = estimator.tally()
    for part in np.array_split(predictions[:, None], parts):
        tally.add(part)
    assert tally.rows == len(predictions)
    return estimator.estimate(tally, TASK.metrics)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_each_prediction_is_expected_to_lose_what_those_of_its_bin_lost(seed: int) -> None:
    estimator = _fitted(1500, seed)
    labels, outputs = _drawn(1500, seed)
    _, predictions = _drawn(700, seed + 10, shift=0.3)
    bins, of = (np.digitize(each, estimator.edges, right=True) for each in (outputs, predictions))
    found = _estimated(estimator, predictions)
    for name in ("mae", "mape", "pinball", "rmse"):
        losses = TASK.metrics[name].row_losses
        assert losses is not None
        lost = losses(labels, outputs)
        mean = np.mean([lost[bins == place].mean() for place in of])
        assert found[name].value == pytest.approx(np.sqrt(mean) if name == "rmse" else mean), name


def test_of_the_holdout_itself_it_is_what_was_judged() -> None:
    estimator, (_, outputs) = _fitted(2000, 0), _drawn(2000, 0)
    for name, found in _estimated(estimator, outputs).items():
        assert found.value == pytest.approx(estimator.judged[name], rel=1e-3), name


def test_intervals_hold_what_comes_true_though_predictions_move() -> None:
    """Of 60 windows 57 are to be expected; fewer than 51 come by chance once in a thousand times."""
    held = dict.fromkeys(("rmse", "mae", "r2"), 0)
    for seed in range(60):
        labels, outputs = _drawn(600, seed + 1000, shift=(seed % 5 - 2) / 8)
        found = _estimated(_fitted(1500, seed), outputs)
        for name in held:
            held[name] += found[name].holds(TASK.metrics[name].value(labels, outputs))
    assert min(held.values()) >= 51


def test_an_estimate_grows_where_larger_predictions_come() -> None:
    estimator = _fitted(3000, 0)
    labels, outputs = _drawn(3000, 1, shift=1.0)
    found = _estimated(estimator, outputs)["mae"]
    assert found.value > 1.3 * estimator.judged["mae"]
    assert found.value < TASK.metrics["mae"].value(
        labels, outputs
    )  # beyond the holdout it knows its last bin alone


def test_parts_of_a_window_add_up_to_the_whole() -> None:
    estimator, (_, outputs) = _fitted(500, 0), _drawn(900, 1)
    assert _estimated(estimator, outputs, parts=7) == _estimated(estimator, outputs)


@pytest.mark.parametrize("rows", [12, 60])
def test_a_small_holdout_has_few_bins(rows: int) -> None:
    estimator = _fitted(rows, 0)
    assert len(estimator.counts) == 1
    low, high = _estimated(estimator, _drawn(50, 1)[1])["mae"].interval
    assert low < high


def test_predictions_that_are_all_alike_are_one_bin() -> None:
    labels = np.random.default_rng(0).normal(size=500)
    estimator = estimator_of(TASK, labels, np.zeros(500))
    assert isinstance(estimator, DirectLoss)
    assert estimator.counts == [500]


def test_no_answer_has_no_estimate() -> None:
    estimator = _fitted(200, 0)
    with pytest.raises(EmptyWindow, match="no answer"):
        estimator.estimate(estimator.tally(), ["mae"])


def test_an_estimator_is_kept_as_json() -> None:
    estimator = _fitted(5000, 0)
    kept = msgspec.json.encode(estimator)
    assert msgspec.json.decode(kept, type=AnyEstimator) == estimator
    assert len(kept) < 20_000
