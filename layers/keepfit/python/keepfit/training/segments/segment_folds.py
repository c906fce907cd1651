"""The rows of one segment in the folds of a training set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from keepfit.evaluation.metrics.base import Labels
from keepfit.evaluation.tasks.base import TrainingTask
from keepfit.features.encoding.matrix import plain_values
from keepfit.features.encoding.numbers import row_numbers
from keepfit.features.schema.signature import Signature
from keepfit.training.recipes.base import Matrix, ValidationRows
from keepfit.training.trials.validation import Fold, Folds

Places = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentFolds:
    """The folds of one segment, and which of all rows that validate are its own, (rows,) in their order."""

    folds: Folds
    asked: Places


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentRows:
    """Which rows of a table belong to which segment.

    Args:
        places: value to (rows,) the places of its rows, ascending.
    """

    places: Mapping[str, Places]

    @classmethod
    def of(cls, columns: Mapping[str, Any], by: str) -> SegmentRows:
        """The segments of rows with these columns, by the column ``by``."""
        values = plain_values(columns[by])
        codes: dict[str, int] = {}
        of_row = np.fromiter(
            (-1 if value is None else codes.setdefault(value, len(codes)) for value in values),
            np.int64,
            len(values),
        )
        order = np.argsort(of_row, kind="stable")
        starts = np.searchsorted(of_row[order], np.arange(len(codes) + 1))
        return cls(places={value: order[starts[code] : starts[code + 1]] for value, code in codes.items()})

    def rows_of(self, value: str) -> Places:
        """(rows,) the places of a segment's rows, none for one without any."""
        return self.places.get(value, np.empty(0, dtype=np.int64))


def constant_numbers(signature: Signature, by: str) -> list[int]:
    """The places in a model's row of the numbers that are the same for all rows of a segment."""
    return [place for place, number in enumerate(row_numbers(signature)) if number.column.name == by]


def held(features: Matrix, places: Sequence[int], row: Matrix) -> Matrix:
    """A segment's training rows with the numbers at ``places`` as in ``row``, which serving would give.

    Means of the label by category are made of other rows for each row that trains, so that within a segment they would
    tell of its label.
    """
    features = features.copy()
    features[:, places] = row[list(places)]
    return features


def segment_folds(
    folds: Folds, value: str, train: SegmentRows, validation: SegmentRows, by: str
) -> SegmentFolds | None:
    """The folds of one segment in which it can be learned and validated; None without any."""
    kept: list[Fold] = []
    asked: list[Places] = []
    start = 0
    for fold in folds.folds:
        own = np.flatnonzero(np.isin(fold.rows, train.rows_of(value)))
        questions = np.flatnonzero(np.isin(fold.asked_rows, validation.rows_of(value)))
        if len(questions) and len(own) and not folds.task.refuse(fold.labels[own]):
            kept.append(_restricted(fold, own, questions, by))
            asked.append(start + questions)
        start += len(fold.asked_rows)
    if not kept:
        return None
    restricted = Folds(folds=kept, targets=folds.targets, task=folds.task)
    return SegmentFolds(folds=restricted, asked=np.concatenate(asked))


def _restricted(fold: Fold, own: Places, questions: Places, by: str) -> Fold:
    asked = fold.asked.features[questions]
    constant = [place for place, column in enumerate(fold.columns) if column == by]
    return Fold(
        features=held(fold.features[own], constant, asked[0]),
        labels=fold.labels[own],
        columns=fold.columns,
        code_sizes=without(fold.code_sizes, constant),
        asked=ValidationRows(features=asked, labels=fold.asked.labels[questions]),
        rows=fold.rows[own],
        asked_rows=fold.asked_rows[questions],
    )


def without(code_sizes: Mapping[int, int], constant: Sequence[int]) -> dict[int, int]:
    """The ``code_sizes`` without the segment's own, which is one number in all of its rows."""
    return {place: size for place, size in code_sizes.items() if place not in constant}


def lacks_classes(labels: Labels, task: TrainingTask) -> list[str]:
    """The classes of which a segment has no row that trains, by name; a model of it could not answer them."""
    classes = task.spec.classes
    if classes is None:
        return []
    return [str(name) for number, name in enumerate(classes) if not (labels == number).any()]
