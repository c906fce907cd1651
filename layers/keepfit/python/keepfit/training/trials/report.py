"""The report of a trial, as values that can be read without scikit-learn."""

from __future__ import annotations

from typing import Any

import msgspec


class WorstRow(msgspec.Struct, frozen=True, kw_only=True):
    """The row with the largest difference; ``kind`` is how it was made, null a missing number.

    Outputs are a number or several, as the task has them.
    """

    kind: str
    features: list[float | None]
    native: float | list[float | None] | None
    exported: float | list[float | None] | None


class Parity(msgspec.Struct, frozen=True, kw_only=True):
    """The difference between the exported model and the estimator over ``rows`` rows.

    ``max_difference`` is the largest one in the task's own measure; ``flipped_labels`` counts rows for which another
    decision is made, rounding apart. See ``tasks.base.Difference``.
    """

    rows: int
    max_difference: float
    flipped_labels: int
    worst: list[WorstRow]


class Compute(msgspec.Struct, frozen=True, kw_only=True):
    """The service that trained a candidate; ``moved`` is the error that another gave up with."""

    on: str
    moved: str | None = None


class TrialReport(msgspec.Struct, frozen=True, kw_only=True):
    """The result of a trial; ``metrics`` are of rows that validate, or as train_* of those that train.

    ``validation_rows`` validated in ``validation_folds``; reports of before have the metrics of the holdout instead.
    ``search`` is the summary of the search that chose the parameters, see ``search.record.SearchSummary``, ``segments``
    that of the models of segments, see ``segments.record.SegmentsSummary``. ``compute`` is what ran the step;
    reports of before do not say.
    """

    candidate: str
    algorithm: str
    parameters: dict[str, Any]
    rows: int
    fit_seconds: float
    model_bytes: int
    metrics: dict[str, float]
    validation_rows: int = 0
    validation_folds: int = 0
    parity: Parity
    search: dict[str, Any] | None = None
    segments: dict[str, Any] | None = None
    target: dict[str, Any] | None = None
    calibration: dict[str, Any] | None = None
    answers: dict[str, Any] = {}
    code_sha256: str | None = None
    compute: Compute | None = None
    packages: dict[str, str]
