"""What a trial leaves behind, as values that whoever only reads them can have without scikit-learn."""

from __future__ import annotations

from typing import Any

import msgspec


class WorstRow(msgspec.Struct, frozen=True, kw_only=True):
    """One row on which both differ most. ``kind`` says how the row was made; null stands for a missing number.

    Outputs are a number or several, as the task has them.
    """

    kind: str
    features: list[float | None]
    native: float | list[float | None] | None
    exported: float | list[float | None] | None


class Parity(msgspec.Struct, frozen=True, kw_only=True):
    """How far the exported model is from the estimator over ``rows`` rows.

    ``max_difference`` is the largest one in the task's own measure; ``flipped_labels`` counts rows for which another
    decision is made, rounding apart. See ``tasks.base.Difference``.
    """

    rows: int
    max_difference: float
    flipped_labels: int
    worst: list[WorstRow]


class TrialReport(msgspec.Struct, frozen=True, kw_only=True):
    """What a trial found; ``metrics`` are of the native estimator, on the holdout but for those named train_*."""

    candidate: str
    algorithm: str
    parameters: dict[str, Any]
    rows: int
    fit_seconds: float
    model_bytes: int
    metrics: dict[str, float]
    parity: Parity
    packages: dict[str, str]
