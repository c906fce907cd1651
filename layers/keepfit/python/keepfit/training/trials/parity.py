"""Parity of an exported model with its estimator, on the holdout and adversarial rows.

A conversion that succeeds may still be wrong, on a few rows or on all. So both are asked the same holdout rows and rows
made to hurt: every split threshold and its two float32 neighbours, every code, missing numbers, extremes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime

from keepfit.errors import ParityFailed
from keepfit.tasks.base import Outputs, ServingTask
from keepfit.training.recipes.base import Fitted, Matrix
from keepfit.training.recipes.sklearn_onnx import INPUT
from keepfit.training.trials.report import Parity, WorstRow

_MAX_THRESHOLDS = 4_000
_BASE_ROWS = 64
_WORST_ROWS = 5
_LARGEST = float(np.finfo(np.float32).max)


def compare(
    fitted: Fitted,
    model: bytes,
    holdout: Matrix,
    *,
    task: ServingTask,
    code_sizes: Mapping[int, int],
    tolerance: float,
    seed: int,
) -> Parity:
    """Compares both on the holdout and on adversarial rows.

    Raises:
        ParityFailed: the exported model cannot be loaded or run at all.
    """
    kinds, rows = _rows(model, holdout, code_sizes, np.random.default_rng(seed))
    native = fitted.predict(rows)
    exported = run(model, rows, task)
    difference = task.difference(native, exported)
    worst = np.argsort(-difference.difference, kind="stable")[:_WORST_ROWS]
    return Parity(
        rows=len(rows),
        max_difference=difference.max_difference,
        flipped_labels=difference.flipped_labels,
        worst=[
            WorstRow(
                kind=kinds[row],
                features=[_number(value) for value in rows[row]],
                native=_numbers(native[row]),
                exported=_numbers(exported[row]),
            )
            for row in worst
            if difference.difference[row] > tolerance
        ],
    )


def run(model: bytes, rows: Matrix, task: ServingTask) -> Outputs:
    """The task's outputs as the exported model computes them.

    Raises:
        ParityFailed: the runtime refuses the model, or fails on the rows.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 4
    try:
        session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        raw = session.run([*task.onnx_outputs], {INPUT: rows})
    except Exception as error:  # the runtime's errors share no base class
        raise ParityFailed(f"the exported model does not run: {error}") from error
    return task.read(raw).astype(np.float64)


def _rows(
    model: bytes, holdout: Matrix, code_sizes: Mapping[int, int], random: np.random.Generator
) -> tuple[list[str], Matrix]:
    base = holdout[random.choice(len(holdout), min(len(holdout), _BASE_ROWS), replace=False)]
    numbers = [column for column in range(holdout.shape[1]) if column not in code_sizes]
    parts = {
        "holdout": holdout,
        "threshold": _set(base, *_around(_thresholds(model, random), code_sizes)),
        "code": _set(base, *_pairs({column: np.arange(size) for column, size in code_sizes.items()})),
        "missing": _set(base, *_pairs({column: np.full(4, np.nan) for column in numbers})),
        "extreme": _set(base, *_pairs({column: _extremes(holdout[:, column]) for column in numbers})),
        "empty": _empty(holdout.shape[1], code_sizes),
    }
    kinds = [kind for kind, rows in parts.items() for _ in range(len(rows))]
    return kinds, np.concatenate(list(parts.values())).astype(np.float32)


def _set(base: Matrix, columns: npt.NDArray[np.int64], values: npt.NDArray[np.float64]) -> Matrix:
    """One row for each (column, value): rows of ``base`` in turn with the value in the column."""
    rows = base[np.arange(len(columns)) % len(base)]
    rows[np.arange(len(columns)), columns] = values
    return rows


def _pairs(values: Mapping[int, npt.NDArray[Any]]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    columns = [np.full(len(column_values), column) for column, column_values in values.items()]
    return (
        np.concatenate([np.empty(0, np.int64), *columns]),
        np.concatenate([np.empty(0, np.float64), *values.values()]),
    )


def _thresholds(
    model: bytes, random: np.random.Generator
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]:
    """(column, threshold) of the trees' splits, each once, at most ``_MAX_THRESHOLDS`` of them."""
    found: set[tuple[int, float]] = set()
    for node in onnx.load_model_from_string(model).graph.node:
        attributes = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
        if "nodes_values" in attributes:
            splits = zip(
                attributes["nodes_featureids"],
                attributes["nodes_values"],
                attributes["nodes_modes"],
                strict=True,
            )
            # A threshold beyond all numbers parts known from missing ones; rows hold finite numbers only.
            found.update((c, value) for c, value, mode in splits if mode != b"LEAF" and abs(value) < _LARGEST)
    pairs = sorted(found)
    if len(pairs) > _MAX_THRESHOLDS:
        pairs = [pairs[index] for index in sorted(random.choice(len(pairs), _MAX_THRESHOLDS, replace=False))]
    return np.array([c for c, _ in pairs], np.int64), np.array([v for _, v in pairs], np.float32)


def _around(
    thresholds: tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]], code_sizes: Mapping[int, int]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """The numbers at and next to each threshold; of a category the codes, which are whole, on both sides."""
    columns, values = thresholds
    below, above = np.nextafter(values, np.float32(-np.inf)), np.nextafter(values, np.float32(np.inf))
    sizes = np.array([code_sizes.get(int(column), 0) for column in columns])
    code = np.clip(np.floor(values), 0, np.maximum(sizes - 1, 0))
    around = [
        np.where(sizes > 0, whole, number)
        for number, whole in (
            (below, code),
            (values, code),
            (above, np.minimum(code + 1, np.maximum(sizes - 1, 0))),
        )
    ]
    return np.tile(columns, 3), np.concatenate(around).astype(np.float64)


def _extremes(column: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    """Zeros, a denormal, and values a million ranges beyond the training rows.

    Not the ends of float32: scikit-learn itself refuses what overflows when it is scaled.
    """
    finite = column[np.isfinite(column)].astype(np.float64)
    low, high = (finite.min(), finite.max()) if len(finite) else (0.0, 1.0)
    far = 1e6 * max(high - low, abs(low), abs(high))
    return np.array([low, high, low - far, high + far, 0.0, -0.0, 1e-40])


def _empty(columns: int, code_sizes: Mapping[int, int]) -> Matrix:
    row = np.full((1, columns), np.nan, dtype=np.float32)
    row[:, list(code_sizes)] = 0.0
    return row


def _number(value: np.floating[Any]) -> float | None:
    return float(value) if np.isfinite(value) else None


def _numbers(outputs: Any) -> float | list[float | None] | None:
    """One row of outputs, a number or several."""
    return [_number(value) for value in outputs] if np.ndim(outputs) else _number(outputs)
