"""Multiclass: a model gives a probability for each class, and the highest is predicted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from keepfit.errors import InvalidModel
from keepfit.tasks.answers import Answer, MulticlassAnswer
from keepfit.tasks.base import (
    MAX_ROWS,
    PROBABILITIES,
    Answerer,
    Difference,
    Outputs,
    ProfileKind,
    Truths,
    Value,
    other_kind,
)
from keepfit.tasks.spec import TaskSpec

# As for P(true), see ``tasks.binary``; a sum adds up the rounding of its terms.
_ROUNDING = 1e-6
_SUM_ROUNDING = 1e-4
# So many probabilities fill most of the 6 MB that Lambda may answer.
_MAX_PROBABILITIES = 250_000


class Multiclass:
    """See ``base.ServingTask``; a row of outputs has a probability for each class.

    Raises:
        InvalidModel: a specification without classes.
    """

    onnx_outputs: ClassVar[tuple[str, ...]] = (PROBABILITIES,)
    valid_output: ClassVar[str] = "a probability for each class"
    watched: ClassVar[Mapping[str, ProfileKind]] = {"class": "categories", "probability": "numbers"}
    decides: ClassVar[bool] = True
    is_one_number: ClassVar[bool] = False

    def __init__(self, spec: TaskSpec) -> None:
        if not spec.classes:
            raise InvalidModel("signature.json names no classes; build the training set again")
        self.spec = spec
        self._classes = spec.classes
        self.max_rows = min(MAX_ROWS, _MAX_PROBABILITIES // len(spec.classes))

    def read(self, raw: Sequence[npt.NDArray[Any]]) -> Outputs:
        """As the model gives them."""
        return raw[0]

    def accept(self, raw: Sequence[npt.NDArray[Any]]) -> Outputs | None:
        """Each within [0, 1], each row adding up to 1."""
        outputs: Outputs = raw[0]
        if outputs.shape[1] != len(self._classes) or not ((outputs >= 0.0) & (outputs <= 1.0)).all():
            return None
        return outputs if (np.abs(outputs.sum(axis=1) - 1.0) <= _SUM_ROUNDING).all() else None

    def invalid(self, outputs: Outputs) -> Truths:
        """Beyond [0, 1], no number, or adding up to something else than 1."""
        if outputs.shape[1] != len(self._classes):
            return np.ones(len(outputs), dtype=np.bool_)
        within = ((outputs >= -_ROUNDING) & (outputs <= 1 + _ROUNDING)).all(axis=1)
        wrong: Truths = ~(within & (np.abs(outputs.sum(axis=1) - 1.0) <= _SUM_ROUNDING))
        return wrong

    def rounded(self, outputs: Outputs) -> Outputs:
        """Within [0, 1]."""
        return np.clip(outputs, 0.0, 1.0)

    def decide(self, outputs: Outputs) -> list[Any]:
        """The first class of the highest probability."""
        return [self._classes[best] for best in outputs.argmax(axis=1).tolist()]

    def answerer(self, model: str, version: int) -> Answerer:
        """Answers with classes and probabilities."""
        classes = self._classes

        def answer(outputs: Outputs, ids: list[str]) -> tuple[list[Any], list[Any], Answer]:
            probabilities = outputs.tolist()
            predictions = self.decide(outputs)
            return (
                predictions,
                probabilities,
                MulticlassAnswer(model, version, classes, predictions, probabilities, ids),
            )

        return answer

    def table(self, outputs: Outputs) -> dict[str, npt.NDArray[Any]]:
        """Classes, and a column of probabilities for each."""
        kind = np.int64 if all(type(name) is int for name in self._classes) else object
        shares = outputs.astype(np.float64).T
        classes = np.array(self._classes, dtype=kind)
        return {
            "prediction": classes[outputs.argmax(axis=1)],
            **{f"probability {name}": share for name, share in zip(self._classes, shares, strict=True)},
        }

    def difference(self, one: Outputs, other: Outputs) -> Difference:
        """The largest absolute difference of a class's probability, 1.0 where one is no number.

        >>> task = Multiclass(TaskSpec(kind="multiclass", classes=["a", "b"]))
        >>> found = task.difference(np.array([[0.25, 0.75], [0.5, 0.5]]), np.array([[0.75, 0.25], [0.5, 0.5]]))
        >>> found.difference.tolist(), found.flipped.tolist()
        ([0.5, 0.0], [True, False])
        """
        difference = np.abs(one - other).max(axis=1).astype(np.float64)
        difference[~np.isfinite(difference)] = 1.0
        flipped = (one.argmax(axis=1) != other.argmax(axis=1)) & (difference > _ROUNDING)
        return Difference(difference=difference, flipped=flipped)

    def compared_with(self, other: TaskSpec) -> str | None:
        """With its own kind, whatever the classes: see ``translated``."""
        return other_kind(self.spec, other)

    def translated(self, outputs: Outputs, other: TaskSpec) -> Outputs:
        """By the classes of ``other``: those that this model never learned have no probability."""
        column_of = {name: column for column, name in enumerate(self._classes)}
        columns = [column_of.get(name) for name in other.classes or []]
        none = np.zeros(len(outputs))
        return np.column_stack([none if column is None else outputs[:, column] for column in columns])

    @staticmethod
    def watch(output: Any, prediction: Any) -> dict[str, Value]:
        """The class, as text, and its probability."""
        if not isinstance(output, list) or not output or not isinstance(prediction, str | int):
            raise ValueError(f"a class with probabilities is expected, not {prediction!r} with {output!r}")
        highest = max(output)
        if not 0 <= highest <= 1:
            raise ValueError(f"probability {highest} is not between 0 and 1")
        return {"class": str(prediction), "probability": highest}

    def blank(self, rows: int) -> Outputs:
        """(rows, classes) NaN."""
        return np.full((rows, len(self._classes)), np.nan)

    def votes(self, outputs: Outputs) -> Outputs:
        """One for the class that is predicted, zero for the others."""
        votes: Outputs = np.eye(outputs.shape[1])[outputs.argmax(axis=1)]
        return votes
