"""Calibrations correct probabilities, and their graphs do the same."""

from __future__ import annotations

import numpy as np
import onnx
import onnxruntime
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import helper
from sklearn.isotonic import IsotonicRegression

from keepfit.registry.onnx_inspection import admit
from keepfit.training.calibration.base import Calibration
from keepfit.training.calibration.isotonic import Isotonic
from keepfit.training.calibration.sigmoid import Sigmoid
from keepfit.training.recipes.canonical_onnx import canonical
from keepfit.training.recipes.onnx_tail import GraphTail
from tests.drawn import examples


def two(true: np.ndarray) -> np.ndarray:
    return np.column_stack([1 - true, true])


def drawn(rows: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities as a model with heavier weights for true rows gives them, and labels by the true ones."""
    random = np.random.default_rng(seed)
    true = random.beta(0.8, 4, rows)
    return two(5 * true / (5 * true + 1 - true)), (random.random(rows) < true).astype(np.int64)


def exported(calibration: Calibration, raw: np.ndarray) -> np.ndarray:
    """What the graph makes of raw probabilities."""
    width = raw.shape[1]
    info = helper.make_tensor_value_info
    graph = helper.make_graph(
        [helper.make_node("Identity", ["features"], ["probabilities"])],
        "raw",
        [info("features", onnx.TensorProto.FLOAT, [None, width])],
        [info("probabilities", onnx.TensorProto.FLOAT, [None, width])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    tail = GraphTail(model, "calibration")
    calibration.append(tail)
    tail.finish("probabilities")
    body = canonical(model)
    admit(body)
    session = onnxruntime.InferenceSession(body, providers=["CPUExecutionProvider"])
    [answer] = session.run(["probabilities"], {"features": raw.astype(np.float32)})
    return np.asarray(answer)


FITS = [Sigmoid.fit, Isotonic.fit]


@pytest.mark.parametrize("fit", FITS)
def test_odds_are_true_again(fit: object) -> None:
    raw, labels = drawn(20_000)
    unseen, later = drawn(20_000, seed=1)
    corrected = fit(raw, labels).apply(unseen)[:, 1]  # type: ignore[operator]
    assert abs(unseen[:, 1].mean() - later.mean()) > 0.1
    for low, high in ((0.0, 0.1), (0.1, 0.3), (0.3, 0.6)):
        inside = (corrected >= low) & (corrected < high)
        assert corrected[inside].mean() == pytest.approx(later[inside].mean(), abs=0.02)


@pytest.mark.parametrize("fit", FITS)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
@examples(25)
def test_a_graph_answers_like_its_calibration(fit: object, scores: list[float]) -> None:
    calibration = fit(*drawn(2000))  # type: ignore[operator]
    edges = calibration.scores if isinstance(calibration, Isotonic) else np.array([1e-7, 0.5, 1 - 1e-7])
    raw = two(np.concatenate([np.array(scores), edges, np.nextafter(edges, 0), np.nextafter(edges, 1)]))
    answer = exported(calibration, raw)
    assert answer == pytest.approx(calibration.apply(raw.astype(np.float32).astype(np.float64)), abs=5e-6)
    assert answer.sum(axis=1) == pytest.approx(np.ones(len(raw)), abs=1e-6)


def test_the_classes_of_several_are_corrected_together() -> None:
    random = np.random.default_rng(0)
    scores = random.normal(0, 1.5, (5000, 4))
    true = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    labels = np.array([random.choice(4, p=row) for row in true])
    raw = np.exp(3 * scores) / np.exp(3 * scores).sum(axis=1, keepdims=True)
    calibration = Sigmoid.fit(raw, labels)
    assert calibration.slope == pytest.approx(1 / 3, rel=0.1)
    assert calibration.apply(raw) == pytest.approx(true, abs=0.05)
    assert exported(calibration, raw) == pytest.approx(calibration.apply(raw), abs=5e-6)


def test_the_rising_line_follows_the_isotonic_regression() -> None:
    raw, labels = drawn(5000)
    line, grid = Isotonic.fit(raw, labels), np.linspace(0.02, 0.9, 200)
    steps = IsotonicRegression(y_min=0, y_max=1, out_of_bounds="clip").fit(raw[:, 1], labels).predict(grid)
    assert np.abs(line.apply(two(grid))[:, 1] - steps).mean() < 0.02
    assert (np.diff(line.scores) > 0).all()
    assert (np.diff(line.shares) >= 0).all()
    assert (np.diff(line.shares) <= 10 * np.diff(line.scores) + 1e-9).all()


@pytest.mark.parametrize("labels", [[0, 1], [1, 0], [1, 1, 1], [0, 0, 0, 1]])
def test_few_rows_make_a_line_too(labels: list[int]) -> None:
    raw = two(np.linspace(0.2, 0.8, len(labels)))
    line = Isotonic.fit(raw, np.array(labels))
    grid = two(np.linspace(0, 1, 50))
    assert exported(line, grid) == pytest.approx(line.apply(grid), abs=5e-6)
    assert ((line.apply(grid) >= 0) & (line.apply(grid) <= 1)).all()
