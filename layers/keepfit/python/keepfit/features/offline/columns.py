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
    lengths = [len(part.bounds) - 1 if isinstance(part, Texts) else len(part.values) for part in parts]
    present = None
    if any(part.present is not None for part in parts):
        each = zip(parts, lengths, strict=True)
        present = np.concatenate([np.ones(n, np.bool_) if p.present is None else p.present for p, n in each])
    texts = [part for part in parts if isinstance(part, Texts)]
    if not texts:
        return Values(np.concatenate([part.values for part in parts if isinstance(part, Values)]), present)
    starts = np.cumsum([0, *(len(text.data) for text in texts)])
    bounds = [text.bounds[:-1].astype(np.int64) + start for text, start in zip(texts, starts, strict=False)]
    ends = texts[-1].bounds[-1:].astype(np.int64) + starts[-2]
    return Texts(np.concatenate([*bounds, ends]), b"".join(text.data for text in texts), present)
