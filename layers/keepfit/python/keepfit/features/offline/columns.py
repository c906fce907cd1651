"""Columns of a batch of events, of which only the values that are asked for are looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

Truths = npt.NDArray[np.bool_]


class Values(NamedTuple):
    """Some values of a feature and which of them are there, both (n,)."""

    values: npt.NDArray[Any]
    present: Truths


class FeatureColumn(Protocol):
    """A feature's values in a batch of events."""

    def take(self, rows: npt.NDArray[np.int64]) -> Values:
        """The values of the rows asked for."""
        ...


@dataclass(frozen=True, slots=True)
class Numbers:
    """A column of fixed width: (rows,) ``values``, and which are there, None where all are."""

    values: npt.NDArray[Any]
    present: Truths | None

    def take(self, rows: npt.NDArray[np.int64]) -> Values:
        present = np.ones(len(rows), np.bool_) if self.present is None else self.present.take(rows)
        return Values(self.values.take(rows), present)


@dataclass(frozen=True, slots=True)
class Texts:
    """A column of texts as Arrow lays them out; those that are asked for become Python strings."""

    bounds: npt.NDArray[np.int32]
    data: bytes
    present: Truths | None

    def take(self, rows: npt.NDArray[np.int64]) -> Values:
        texts = np.empty(len(rows), object)
        starts, ends = self.bounds.take(rows).tolist(), self.bounds.take(rows + 1).tolist()
        texts[:] = [self.data[start:end].decode() for start, end in zip(starts, ends, strict=True)]
        present = np.ones(len(rows), np.bool_) if self.present is None else self.present.take(rows)
        return Values(texts, present)
