"""The answers of each task to clients, readable without numpy.

The release step compares answers, and computes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol

import msgspec

from keepfit.tasks.spec import IntervalSpec, TaskSpec

# How far two machines may round apart, of outputs of about one or less; of larger ones their share.
_SAME = 1e-5


class Answer(Protocol):
    """The answer to one request, encoded as JSON as it is."""

    @property
    def model(self) -> str:
        """Its name."""
        ...

    @property
    def model_version(self) -> int:
        """Which version answered."""
        ...

    def columns(self) -> dict[str, list[Any]]:
        """The answer as a table: a row for each instance, in order, of values that a cell can hold."""
        ...

    def tensors(self) -> dict[str, list[Any]]:
        """The answer as tensors: lists of values or of lists, a row each, but for ``classes``."""
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

    def tensors(self) -> dict[str, list[Any]]:
        """See ``Answer.tensors``."""
        return self.columns()


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

    def tensors(self) -> dict[str, list[Any]]:
        """See ``Answer.tensors``."""
        return {
            "prediction": self.predictions,
            "probability": self.probabilities,
            "prediction_id": self.prediction_ids,
            "classes": self.classes,
        }


class RegressionAnswer(msgspec.Struct, frozen=True, gc=False):
    """What a client of a regression model gets, one element per instance in their order."""

    model: str
    model_version: int
    predictions: list[float]
    prediction_ids: list[str]

    def columns(self) -> dict[str, list[Any]]:
        """See ``Answer.columns``."""
        return {"prediction": self.predictions, "prediction_id": self.prediction_ids}

    def tensors(self) -> dict[str, list[Any]]:
        """See ``Answer.tensors``."""
        return self.columns()


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

    def tensors(self) -> dict[str, list[Any]]:
        """See ``Answer.tensors``."""
        return self.columns()


MAX_EXPLAINED: Final = 100
"""Instances of a request whose answers are explained: of a large model one takes a tenth of a second."""

Score = float | list[float]
"""One number, or one for each class in the order of the answer's classes."""


class AnswerExplanation(msgspec.Struct, frozen=True, kw_only=True):
    """The parts of scores: ``base`` and a row's ``contributions`` add up to its score.

    Args:
        method: how they are found.
        unit: what they add up to.
        standard_error: of a contribution, where they are drawn; None where they are exact.
        base: the score of a row of which nothing is known.
        scores: one for each row.
        contributions: of each column, one for each row.
    """

    method: str
    unit: str
    standard_error: float | None
    base: Score
    scores: list[Score]
    contributions: dict[str, list[Score]]


OUTPUTS: Final[dict[str, str]] = {
    "binary": "probabilities",
    "multiclass": "probabilities",
    "regression": "predictions",
}
"""Each task, and the key of its answer that holds the model's outputs, row by row."""


EXAMPLES: Final[dict[str, Callable[[TaskSpec, str, list[str]], Answer]]] = {
    "binary": lambda _spec, model, ids: BinaryAnswer(
        model, 1, [False for _ in ids], [0.25 for _ in ids], ids
    ),
    "multiclass": lambda spec, model, ids: _multiclass(spec.classes or [], model, ids),
    "regression": lambda spec, model, ids: _regression(spec.interval, model, ids),
}
"""Each task, and an answer as it gives one, made of its specification, the model and the ids."""


def example(spec: TaskSpec, model: str, rows: int) -> Answer:
    """An answer for ``rows`` instances, of made up values: its form is what answers of the model have."""
    return EXAMPLES[spec.kind](spec, model, [f"{row:032x}" for row in range(rows)])


def _multiclass(classes: list[str | int], model: str, ids: list[str]) -> Answer:
    shares = [1 / len(classes) for _ in classes]
    return MulticlassAnswer(model, 1, classes, [classes[0] for _ in ids], [shares for _ in ids], ids)


def _regression(interval: IntervalSpec | None, model: str, ids: list[str]) -> Answer:
    values = [1.5 for _ in ids]
    if interval is None:
        return RegressionAnswer(model, 1, values, ids)
    bounds = [[1.25, 1.75] for _ in ids]
    return IntervalAnswer(model, 1, values, bounds, interval.level, interval.coverage, ids)


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
