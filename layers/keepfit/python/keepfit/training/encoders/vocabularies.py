"""Fits the vocabularies of a signature again, on other rows of the same training set."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from keepfit.evaluation.metrics.base import Labels
from keepfit.evaluation.tasks.base import TrainingTask
from keepfit.features.encoding.matrix import plain_values
from keepfit.features.encoding.vocabulary import fit_vocabulary
from keepfit.features.schema.signature import Column, Signature


def with_vocabularies(
    signature: Signature, columns: Mapping[str, Any], task: TrainingTask, labels: Labels
) -> Signature:
    """The signature with vocabularies of the rows ``columns``, whose (rows,) answers are ``labels``."""

    def rank(codes: npt.NDArray[np.int64], categories: int) -> npt.NDArray[np.float64]:
        return task.rank_categories(codes, categories, labels)

    def fitted(column: Column) -> Column:
        if column.vocabulary is None:
            return column
        vocabulary = fit_vocabulary(plain_values(columns[column.name]), rank)
        return msgspec.structs.replace(column, vocabulary=vocabulary)

    return msgspec.structs.replace(signature, columns=[fitted(column) for column in signature.columns])
