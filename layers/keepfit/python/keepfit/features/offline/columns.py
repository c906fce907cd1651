"""Columns of a batch of events, which convert only the requested values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

Truths = npt.NDArray[np.bool_]


class Values(NamedTuple):
    """(n,) values of a feature and (n,) whether each is present, None where all are."""

    values: npt.NDArray[Any]
    present: Truths | None

    def take(self, rows: npt.NDArray[np.int64]) -> Values:
        """The values of the given rows."""
        return Values(self.values.take(rows), None if self.present is None else self.present.take(rows))

    def where(self, condition: Truths) -> Values:
        """The same values, missing where (n,) ``condition`` does not hold."""
        return Values(self.values, condition if self.present is None else self.present & condition)

    def presence(self) -> Truths:
        """(n,) whether each value is present."""
        return np.ones(len(self.values), np.bool_) if self.present is None else self.present


class FeatureColumn(Protocol):
    """A feature's values in a batch of events."""

    @property
    def present(self) -> Truths | None:
        """Whether each value is there; None where all are."""
        ...

    def take(self, rows: npt.NDArray[np.int64]) -> Values:
        """The values of the given rows."""
        ...


@dataclass(frozen=True, slots=True)
class Texts:
    """A column of texts in Arrow's layout; the requested ones become Python strings."""

    bounds: npt.NDArray[np.signedinteger[Any]]
    data: bytes
    present: Truths | None

    def take(self, rows: npt.NDArray[np.int64]) -> Values:
        texts = np.empty(len(rows), object)
        starts, ends = self.bounds.take(rows).tolist(), self.bounds.take(rows + 1).tolist()
        texts[:] = [self.data[start:end].decode() for start, end in zip(starts, ends, strict=True)]
        return Values(texts, None if self.present is None else self.present.take(rows))


def concatenated(parts: Sequence[Values | Texts]) -> Values | Texts:
    """Columns of the same kind as one, with memory of its own."""
    texts = [part for part in parts if isinstance(part, Texts)]
    if not texts:
        return concatenated_values([part for part in parts if isinstance(part, Values)])
    starts = np.cumsum([0, *(len(text.data) for text in texts)])
    bounds = [text.bounds[:-1].astype(np.int64) + start for text, start in zip(texts, starts, strict=False)]
    ends = texts[-1].bounds[-1:].astype(np.int64) + starts[-2]
    present = _presence([(len(text.bounds) - 1, text.present) for text in texts])
    return Texts(np.concatenate([*bounds, ends]), b"".join(text.data for text in texts), present)


def concatenated_values(parts: Sequence[Values]) -> Values:
    """Values one after the other."""
    present = _presence([(len(part.values), part.present) for part in parts])
    return Values(np.concatenate([part.values for part in parts]), present)


def _presence(parts: Sequence[tuple[int, Truths | None]]) -> Truths | None:
    if all(present is None for _, present in parts):
        return None
    return np.concatenate([np.ones(rows, np.bool_) if some is None else some for rows, some in parts])
