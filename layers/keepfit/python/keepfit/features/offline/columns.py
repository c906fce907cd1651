"""Columns of a batch of events, which convert only the requested values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

Truths = npt.NDArray[np.bool_]


class Values(NamedTuple):
    """(n,) values of a feature and (n,) whether each is present."""

    values: npt.NDArray[Any]
    present: Truths


class FeatureColumn(Protocol):
    """A feature's values in a batch of events."""

    def take(self, rows: npt.NDArray[np.int64]) -> Values:
        """The values of the given rows."""
        ...


@dataclass(frozen=True, slots=True)
class Numbers:
    """A column of fixed width: (rows,) ``values``, and which are present, None where all are."""

    values: npt.NDArray[Any]
    present: Truths | None

    def take(self, rows: npt.NDArray[np.int64]) -> Values:
        present = np.ones(len(rows), np.bool_) if self.present is None else self.present.take(rows)
        return Values(self.values.take(rows), present)


@dataclass(frozen=True, slots=True)
class Texts:
    """A column of texts in Arrow's layout; the requested ones become Python strings."""

    bounds: npt.NDArray[np.int32]
    data: bytes
    present: Truths | None

    def take(self, rows: npt.NDArray[np.int64]) -> Values:
        texts = np.empty(len(rows), object)
        starts, ends = self.bounds.take(rows).tolist(), self.bounds.take(rows + 1).tolist()
        texts[:] = [self.data[start:end].decode() for start, end in zip(starts, ends, strict=True)]
        present = np.ones(len(rows), np.bool_) if self.present is None else self.present.take(rows)
        return Values(texts, present)
