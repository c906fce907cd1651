"""The answers of each task to clients, readable without numpy.

The release step compares answers, and computes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Protocol

import msgspec

# How far two machines may round apart, of outputs of about one or less; of larger ones their share.
_SAME = 1e-5


class Answer(Protocol):
    """The answer to one request, encoded as JSON as it is."""

    @property
    def model_version(self) -> int:
        """Which version answered."""
        ...

    def columns(self) -> dict[str, list[Any]]:
        """The answer as a table: a row for each instance, in order, of values that a cell can hold."""
        ...


class BinaryAnswer(msgspec.Struct, frozen=True, gc=False):
    """The answer of a binary model, one element per instance in order."""

    model: str
    model_version: int
    predictions: list[bool]
    probabilities: list[float]
    prediction_ids: list[str]

    def columns(self) -> dict[str, list[Any]]:
        """See ``Answer.columns``."""
        return {
            "prediction": self.predictions,
            "probability": self.probabilities,
            "prediction_id": self.prediction_ids,
        }


class MulticlassAnswer(msgspec.Struct, frozen=True, gc=False):
    """The answer of a multiclass model; rows of ``probabilities`` are in the order of ``classes``."""

    model: str
    model_version: int
    classes: list[str | int]
    predictions: list[str | int]
    probabilities: list[list[float]]
    prediction_ids: list[str]

    def columns(self) -> dict[str, list[Any]]:
        """See ``Answer.columns``."""
        shares = {
            f"probability {name}": [row[place] for row in self.probabilities]
            for place, name in enumerate(self.classes)
        }
        return {"prediction": self.predictions, **shares, "prediction_id": self.prediction_ids}


class RegressionAnswer(msgspec.Struct, frozen=True, gc=False):
    """What a client of a regression model gets, one element per instance in their order."""

    model: str
    model_version: int
    predictions: list[float]
    prediction_ids: list[str]

    def columns(self) -> dict[str, list[Any]]:
        """See ``Answer.columns``."""
        return {"prediction": self.predictions, "prediction_id": self.prediction_ids}


class IntervalAnswer(msgspec.Struct, frozen=True, gc=False):
    """The same with an interval [low, high] for each value.

    ``interval_coverage`` is the share that they did hold on rows that chose nothing.
    """

    model: str
    model_version: int
    predictions: list[float]
    intervals: list[list[float]]
    interval_level: float
    interval_coverage: float | None
    prediction_ids: list[str]

    def columns(self) -> dict[str, list[Any]]:
        """See ``Answer.columns``."""
        return {
            "prediction": self.predictions,
            "low": [low for low, _ in self.intervals],
            "high": [high for _, high in self.intervals],
            "prediction_id": self.prediction_ids,
        }


OUTPUTS: Final[dict[str, str]] = {
    "binary": "probabilities",
    "multiclass": "probabilities",
    "regression": "predictions",
}
"""Each task, and the key of its answer that holds the model's outputs, row by row."""


def outputs_of(task: str, answer: Mapping[str, Any]) -> list[Any]:
    """The outputs in a decoded answer. Raises LookupError or TypeError where there are none."""
    return list(answer[OUTPUTS[task]])


def is_same(answered: object, known: object) -> bool:
    """Whether a row of outputs equals the recorded one, up to rounding.

    >>> is_same([0.25, 0.750001], [0.25, 0.75]), is_same(1e6 + 5, 1e6), is_same(None, 0.0)
    (True, True, False)
    """
    if isinstance(answered, list) and isinstance(known, list):
        return len(answered) == len(known) and all(map(is_same, answered, known))
    if not isinstance(answered, int | float) or not isinstance(known, int | float):
        return False
    return abs(answered - known) <= _SAME * max(1.0, abs(known))
