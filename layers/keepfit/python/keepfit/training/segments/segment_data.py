"""The rows of a training set by segment, encoded by what was fitted to all of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from keepfit.evaluation.tasks.base import TrainingTask
from keepfit.features.encoding.matrix import Encoder
from keepfit.features.encoding.numbers import code_sizes
from keepfit.features.schema.signature import Signature
from keepfit.training.encoders.fitting import fit_encoders, targets_of
from keepfit.training.recipes.base import Matrix
from keepfit.training.segments.fit_segment import SegmentData
from keepfit.training.segments.segment_folds import (
    SegmentRows,
    constant_numbers,
    held,
    segment_folds,
    without,
)
from keepfit.training.trials.validation import Folds, Table, encode_folds


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentedTable:
    """A training set, encoded, with the segment of each row.

    Args:
        by: the column whose values are segments.
        signature: as encoders complete it.
        train: the rows that train.
        features: (rows, numbers) of them.
        holdout: (rows, numbers) of those that will judge.
        folds: in which candidates are validated; None where none can be.
        train_rows: which rows that train are whose.
        validation_rows: likewise of those that validate.
        holdout_rows: and of those that judge.
    """

    by: str
    signature: Signature
    train: Table
    features: Matrix
    holdout: Matrix
    folds: Folds | None
    train_rows: SegmentRows
    validation_rows: SegmentRows
    holdout_rows: SegmentRows

    @classmethod
    def encoded(
        cls,
        by: str,
        signature: Signature,
        train: Table,
        validation: Table,
        holdout: Mapping[str, Any],
        *,
        task: TrainingTask,
        seed: int,
    ) -> SegmentedTable:
        """Encodes all rows as candidates' rows are; the same rows and seed give the same numbers."""
        encoders = fit_encoders(signature, train.columns, targets_of(task, train.labels, seed))
        return cls(
            by=by,
            signature=encoders.signature,
            train=train,
            features=encoders.encode_training_rows(train.columns),
            holdout=Encoder(encoders.signature).encode(holdout),
            folds=encode_folds(train, validation, signature=signature, task=task, seed=seed),
            train_rows=SegmentRows.of(train.columns, by),
            validation_rows=SegmentRows.of(validation.columns, by),
            holdout_rows=SegmentRows.of(holdout, by),
        )

    def segment(self, value: str) -> SegmentData:
        """The rows of one segment, of which at least one trains."""
        rows, constant = self.train_rows.rows_of(value), constant_numbers(self.signature, self.by)
        one = {name: values[rows[:1]] for name, values in self.train.columns.items()}
        served = Encoder(self.signature).encode(one)[0]
        folds = None
        if self.folds is not None:
            folds = segment_folds(self.folds, value, self.train_rows, self.validation_rows, self.by)
        return SegmentData(
            value=value,
            features=held(self.features[rows], constant, served),
            labels=self.train.labels[rows],
            code_sizes=without(code_sizes(self.signature), constant),
            holdout=self.holdout[self.holdout_rows.rows_of(value)],
            folds=folds,
        )
