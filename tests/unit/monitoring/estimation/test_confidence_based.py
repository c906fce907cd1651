"""Probabilities tell how well they do, as the published formula has it, and intervals hold what comes true."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import numpy as np
import pytest
from sklearn.metrics import auc

from keepfit.errors import EmptyWindow
from keepfit.evaluation.tasks.registry import training_task_of
from keepfit.monitoring.estimation.calibration import calibrated
from keepfit.monitoring.estimation.confidence_based import ConfidenceBased
from keepfit.monitoring.estimation.registry import AnyEstimator, estimator_of
from keepfit.monitoring.estimation.tallies import CellTally, SampleTally
from keepfit.tasks.spec import TaskSpec

BINARY = TaskSpec(kind="binary", threshold=0.3)
CLASSES = TaskSpec(kind="multiclass", classes=["a", "b", "c"])
Drawn = tuple[np.ndarray, np.ndarray]


def _binary(rows: int, seed: int, *, shift: float = 0.0) -> Drawn:
    """Labels, and answers that rank well and claim too much; ``shift`` moves inputs, and nothing else."""
    random = np.random.default_rng(seed)
    logits = random.normal(shift - 1, 1.2, rows)
    labels = random.random(rows) < 1 / (1 + np.exp(-logits))
    return labels, 1 / (1 + np.exp(-(1.7 * logits + 0.5)))


def _classes(rows: int, seed: int, *, shift: float = 0.0) -> Drawn:
    random = np.random.default_rng(seed)
    raised = np.exp(random.normal(0, 1.3, (rows, 3)) + shift * np.arange(3))
    true = raised / raised.sum(axis=1, keepdims=True)
    labels = (random.random((rows, 1)) >= true.cumsum(axis=1)[:, :-1]).sum(axis=1)
    claimed = raised**1.5 * np.exp(0.2 * np.arange(3))
    return labels, claimed / claimed.sum(axis=1, keepdims=True)


def _fitted(spec: TaskSpec, drawn: Drawn) -> ConfidenceBased:
    found = estimator_of(training_task_of(spec), *drawn)
    assert isinstance(found, ConfidenceBased)
    return found


def _tallied(estimator: AnyEstimator, answers: np.ndarray, parts: int = 1) -> CellTally | SampleTally:
    tally = estimator.tally()
    for part in np.array_split(answers.reshape(len(answers), -1), parts):
        tally.add(part)
    assert isinstance(tally, CellTally | SampleTally)
    return tally


def _true(estimator: ConfidenceBased, scores: np.ndarray) -> np.ndarray:
    """(rows,) calibrated P(true), row by row."""
    pairs = np.column_stack([1 - scores, scores])
    return calibrated(pairs, np.array(estimator.slopes[0]), np.array(estimator.offsets[0]))[:, 1]


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_every_metric_is_that_of_the_published_formula(seed: int) -> None:
    estimator = _fitted(BINARY, _binary(1500, seed))
    _, scores = _binary(3000, seed + 10, shift=0.4)
    true, decided = _true(estimator, scores), scores >= 0.3
    hits, alarms = true[decided].sum(), (1 - true[decided]).sum()
    misses, passes = true[~decided].sum(), (1 - true[~decided]).sum()
    order = np.argsort(-scores)
    found_rates = [np.append(0, each.cumsum() / each.sum()) for each in (1 - true[order], true[order])]
    precision = true[order].cumsum() / np.arange(1, len(true) + 1)
    expected = {
        "f1": 2 * hits / (2 * hits + alarms + misses),
        "accuracy": (hits + passes) / len(scores),
        "balanced_accuracy": (hits / (hits + misses) + passes / (passes + alarms)) / 2,
        "roc_auc": auc(*found_rates),
        "average_precision": (precision * true[order]).sum() / true.sum(),
        "log_loss": -(true * np.log(scores) + (1 - true) * np.log1p(-scores)).mean(),
        "brier": (true * (1 - scores) ** 2 + (1 - true) * scores**2).mean(),
    }
    found = estimator.estimate(_tallied(estimator, scores), expected)
    for name, value in expected.items():
        # Answers of one cell are ties, which only this metric minds.
        assert found[name].value == pytest.approx(value, abs=1e-3 if name == "average_precision" else 1e-4), (
            name
        )


@pytest.mark.parametrize(
    ("spec", "draw", "windows", "least"), [(BINARY, _binary, 40, 33), (CLASSES, _classes, 16, 12)]
)
def test_intervals_hold_what_comes_true_though_inputs_move(
    spec: TaskSpec, draw: Callable[..., Drawn], windows: int, least: int
) -> None:
    """Of 100 windows 95 are to be expected; so few as are refused come by chance less than once in 1,000 times."""
    task, held = training_task_of(spec), 0
    name = task.metric(None).name
    for seed in range(windows):
        estimator = _fitted(spec, draw(800, seed))
        labels, answers = draw(500, seed + 1000, shift=(seed % 5 - 2) / 3)
        found = estimator.estimate(_tallied(estimator, answers), [name])[name]
        held += found.holds(task.metrics[name].value(labels, answers))
    assert held >= least


def test_an_estimate_follows_inputs_to_where_the_model_does_worse() -> None:
    """Where answers crowd around one half, hardly anything is told apart, and no label is needed to see it."""
    estimator = _fitted(BINARY, _binary(4000, 0))
    labels, answers = _binary(4000, 1)
    unsure = (answers > 0.25) & (answers < 0.75)
    found = estimator.estimate(_tallied(estimator, answers[unsure]), ["roc_auc"])["roc_auc"]
    assert found.value < estimator.judged["roc_auc"] - 0.1
    assert found.holds(training_task_of(BINARY).metrics["roc_auc"].value(labels[unsure], answers[unsure]))


def test_what_labels_alone_can_show_is_not_seen() -> None:
    """The limit that reports state: the same answers, and the label goes the other way."""
    estimator = _fitted(BINARY, _binary(4000, 0))
    labels, answers = _binary(4000, 1)
    found = estimator.estimate(_tallied(estimator, answers), ["roc_auc"])["roc_auc"]
    assert not found.holds(training_task_of(BINARY).metrics["roc_auc"].value(~labels, answers))
    assert "only outcomes show it" in estimator.method


@pytest.mark.parametrize(("spec", "draw"), [(BINARY, _binary), (CLASSES, _classes)])
def test_parts_of_a_window_add_up_to_the_whole(spec: TaskSpec, draw: Callable[..., Drawn]) -> None:
    estimator, (_, answers) = _fitted(spec, draw(500, 0)), draw(900, 1)
    whole, parts = (_tallied(estimator, answers, parts=parts) for parts in (1, 7))
    assert whole.rows == parts.rows == 900
    one, other = (estimator.estimate(each, ["log_loss", "accuracy"]) for each in (whole, parts))
    for name, found in one.items():
        assert other[name].value == pytest.approx(found.value, abs=1e-9)


def test_memory_does_not_grow_with_rows() -> None:
    two, three = CellTally(0.5), SampleTally(3, most=100)
    for seed in range(5):
        two.add(np.random.default_rng(seed).random((50_000, 1)))
        three.add(np.random.default_rng(seed).random((5_000, 3)))
    assert two.rows == 250_000
    assert len(two.cells[0]) < 4096
    assert (three.rows, three.sample.shape) == (25_000, (100, 3))


def test_each_row_is_as_likely_in_a_sample_as_any_other() -> None:
    tally = SampleTally(1, most=2_000)
    for start in range(0, 20_000, 1_000):
        tally.add(np.arange(start, start + 1_000, dtype=np.float64)[:, None])
    by_tenth = np.histogram(tally.sample[:, 0], bins=10, range=(0, 20_000))[0]
    assert len(np.unique(tally.sample)) == 2_000
    assert by_tenth.min() > 140
    assert by_tenth.max() < 260


def test_answers_at_the_threshold_are_decided_as_they_were() -> None:
    tally = CellTally(0.3)
    tally.add(np.array([[0.3], [0.3], [0.3], [np.nextafter(0.3, 0)], [0.0], [1.0]]))
    scores, rows = tally.cells
    assert rows[scores >= 0.3].sum() == 4
    assert rows[scores < 0.3].sum() == 2


def test_answers_of_which_hardly_any_is_expected_to_be_true_are_not_estimated() -> None:
    estimator = _fitted(BINARY, _binary(2000, 0))
    with pytest.raises(EmptyWindow, match="answers are expected to be true"):
        estimator.estimate(_tallied(estimator, np.full(300, 1e-6)), ["roc_auc"])


def test_labels_that_training_never_saw_do_not_calibrate() -> None:
    labels, answers = _classes(600, 0)
    known = _fitted(CLASSES, (labels, answers))
    labels = np.append(labels, [-1, -1])
    with_others = _fitted(CLASSES, (labels, np.vstack([answers, answers[:2]])))
    assert (known.slopes, known.rows) == (with_others.slopes, 600)


def test_a_holdout_that_says_nothing_gives_no_estimator() -> None:
    task = training_task_of(BINARY)
    assert estimator_of(task, np.array([], dtype=np.bool_), np.array([])) is None
    assert estimator_of(task, np.ones(50, dtype=np.bool_), np.full(50, 0.5)) is None


def test_an_estimator_is_kept_as_json() -> None:
    estimator = _fitted(CLASSES, _classes(300, 0))
    kept = msgspec.json.encode(estimator)
    assert msgspec.json.decode(kept, type=AnyEstimator) == estimator
    assert len(kept) < 20_000
    assert "log_loss" in estimator.judged
