"""What a trial leaves behind, as values that whoever only reads them can have without scikit-learn."""

from __future__ import annotations

from typing import Any

import msgspec


class WorstRow(msgspec.Struct, frozen=True, kw_only=True):
    """One row on which both differ most. ``kind`` says how the row was made; null stands for a missing number."""

    kind: str
    features: list[float | None]
    native: float | None
    exported: float | None


class Parity(msgspec.Struct, frozen=True, kw_only=True):
    """How far the exported model is from the estimator over ``rows`` rows.

    ``max_difference`` is the largest absolute difference of P(true); 1.0 where one answered something that is no
    probability. ``flipped_labels`` counts rows that fall on different sides of one half, rounding apart.
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
