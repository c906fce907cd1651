"""Quantiles of the values in windows, by wavelet matrices.

A wavelet matrix knows, bit by bit, how many values of a range have a 0 there, and then parts the values by it; so the
k-th smallest of a range is found. Events apart have two of them, in the order of the rows that they enter at and of
those that they leave at: a window has the values that entered without those that left.

Source: Claude, Navarro and Ordóñez, The wavelet matrix (2015).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from keepfit.features.aggregates.quantile import rank_of
from keepfit.features.offline.columns import Values
from keepfit.features.offline.spine_index import Ints
from keepfit.features.offline.windows.column import Column

Array = npt.NDArray[Any]


def quantile(column: Column, windows: Sequence[int], parameter: Any) -> list[Values]:
    """The smallest value that a share ``parameter`` of those in each window does not exceed."""
    ranks, ordered, first_of_row = _ranked(column)
    in_ranges = _Matrix(ranks if column.in_range is None else ranks.compress(column.in_range))
    entered = _Apart(column, ranks)
    walks = []
    for window in windows:
        wanted = np.ceil(rank_of(parameter, column.count(window))).astype(np.int64)
        parts = [_in_ranges(column, in_ranges, window), *entered.parts(window)]
        walks.append(_Walk(np.maximum(wanted, 1), parts))
    for bit in reversed(range(int(ranks.max(initial=0)).bit_length())):
        for matrix in dict.fromkeys(part.matrix for walk in walks for part in walk.parts):
            matrix.part_by(bit)
        for walk in walks:
            walk.step(bit)
    found = []
    for window, walk in zip(windows, walks, strict=True):
        present = column.count(window) > 0
        values = np.zeros(len(present))
        values[present] = ordered.take((first_of_row + walk.rank).compress(present))
        found.append(Values(values, present))
    return found


def _ranked(column: Column) -> tuple[Ints, Array, Ints]:
    """Values by their ranks within an entity.

    Returns:
        (n,) the rank of each event's value among those of its entity, 0 where it has none; the values by entity and
        rank; (rows,) where those of a row's entity begin.
    """
    held, windows = column.held, column.windows
    values, codes = column.numbers.take(held), windows.codes.take(held)
    by_value = np.argsort(values)
    overall = np.empty(len(held), np.int64)
    overall[by_value] = np.arange(len(held))
    order = np.argsort(codes * len(held) + overall)
    first = np.searchsorted(codes, np.arange(windows.rows.entities + 1))
    ranks = np.zeros(len(windows.order), np.int64)
    ranks[held.take(order)] = np.arange(len(held)) - first.take(codes.take(order))
    return ranks, values.take(order), first.take(windows.rows.codes)


class _Matrix:
    """Values of which one bit after the other is looked at, from the highest."""

    def __init__(self, values: Ints) -> None:
        self._values = values.astype(np.min_scalar_type(int(values.max(initial=0))))

    def part_by(self, bit: int) -> None:
        """Parts the values by a bit; ``zeros`` are how many of those before each place had none set."""
        unset = (self._values >> bit) & 1 == 0
        self.zeros = np.zeros(len(unset) + 1, np.int32)
        np.cumsum(unset, out=self.zeros[1:])
        self._values = np.concatenate([self._values.compress(unset), self._values.compress(~unset)])


@dataclass(slots=True)
class _Part:
    """(rows,) ranges of a matrix, whose values count or, with a sign of -1, are taken away."""

    matrix: _Matrix
    start: Ints
    end: Ints
    sign: int = 1


class _Walk:
    """The search for the values that are ``wanted``-th smallest, counted from 1."""

    def __init__(self, wanted: Ints, parts: list[_Part]) -> None:
        self._wanted, self.parts = wanted, parts
        self.rank = np.zeros(len(wanted), np.int64)

    def step(self, bit: int) -> None:
        zeros = [
            (part.matrix.zeros.take(part.start), part.matrix.zeros.take(part.end)) for part in self.parts
        ]
        smaller = sum(part.sign * (end - start) for part, (start, end) in zip(self.parts, zeros, strict=True))
        is_set = self._wanted > smaller
        self._wanted = np.where(is_set, self._wanted - smaller, self._wanted)
        self.rank |= is_set.astype(np.int64) << bit
        for part, (start, end) in zip(self.parts, zeros, strict=True):
            ones = part.matrix.zeros[-1]
            part.start = np.where(is_set, ones + part.start - start, start)
            part.end = np.where(is_set, ones + part.end - end, end)


def _in_ranges(column: Column, matrix: _Matrix, window: int) -> _Part:
    start, end = column.windows.start(window), column.windows.end
    if column.in_range is not None:
        start, end = column.before.take(start), column.before.take(end)
    return _Part(matrix, start, end)


class _Apart:
    """Events apart in the order of the rows that they enter at, and, window by window, leave at."""

    def __init__(self, column: Column, ranks: Ints) -> None:
        at = column.windows.apart.at
        held = np.isin(at, column.held, assume_unique=True)
        self._column, self._at = column, at.compress(held)
        self._ranks = ranks.take(self._at)
        if len(self._at):
            self._entered, self._end_entered = self._ordered(column.windows.apart.first.compress(held))

    def parts(self, window: int) -> list[_Part]:
        """What comes on top of ranges, and what is taken away."""
        if not len(self._at):
            return []
        left, end_left = self._ordered(self._column.windows.end_of(window).take(self._at))
        start = np.zeros(len(end_left), np.int64)
        return [_Part(self._entered, start, self._end_entered), _Part(left, start, end_left, sign=-1)]

    def _ordered(self, rows: Ints) -> tuple[_Matrix, Ints]:
        """A matrix in the order of rows, and (rows,) how many of its values come up to each row."""
        order = np.argsort(rows)
        row = np.arange(len(self._column.windows.rows.place))
        return _Matrix(self._ranks.take(order)), np.searchsorted(rows.take(order), row, side="right")
