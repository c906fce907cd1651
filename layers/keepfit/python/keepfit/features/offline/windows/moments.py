"""Sums, means and deviations in windows."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np

from keepfit.features.offline.columns import Values
from keepfit.features.offline.spine_index import Ints
from keepfit.features.offline.windows.column import Column
from keepfit.features.offline.windows.fixed_point import Floats, carried, digits_of, paired, rounded, two_sum

# Dekker's constant for float64: it parts the 53 bits of a number in two halves.
_SPLITTER = 134_217_729.0
# What is smaller, as a share of the sum of squares, is what pairs of floats lose.
_NOISE = 2.0**-80


class Moments:
    """Sums of a column and of its squares in windows.

    Each entity's values are scaled to a size of up to 1, so that the largest of one is no matter of another's.
    """

    def __init__(self, column: Column) -> None:
        self._column, windows = column, column.windows
        values = column.numbers.astype(np.float64)
        if column.absent is not None:
            values[column.absent] = 0
        largest = np.zeros(windows.rows.entities + 1)
        np.maximum.at(largest, windows.codes, np.abs(values))
        exponents = np.maximum(np.frexp(largest)[1], -1000)
        values *= np.ldexp(1.0, -exponents).take(windows.codes)
        self._exponents = exponents.take(windows.rows.codes)
        self._events = int(np.bincount(windows.codes, minlength=1).max())
        self._values = values
        self._sums = _Running(column, *digits_of(values.copy(), events=self._events))
        self._squares: _Running | None = None
        self.total = cache(self._total)

    def _total(self, window: int) -> Floats:
        """(rows,) sums, each rounded once; 0 without values."""
        whole = rounded(self._sums.carried(window), self._sums.bits)
        total: Floats = np.ldexp(whole, self._exponents - self._sums.bits)
        return total

    def deviation(self, window: int) -> Floats:
        """(rows,) sample standard deviations; nothing is meant with fewer than two values."""
        squares = self._running_squares()
        count = self._column.count(window).astype(np.float64)
        sum_high, sum_low = _scaled(paired(self._sums.carried(window), self._sums.bits), self._sums.bits)
        square_high, square_low = _scaled(paired(squares.carried(window), squares.bits), squares.bits)
        # count * squares - sum * sum, in pairs of floats: what cancels is exact.
        all_high, all_low = _product(square_high, count)
        mean_high, mean_low = _product(sum_high, sum_high)
        left, lost = two_sum(all_high, -mean_high)
        left += lost + ((all_low - mean_low) + (square_low * count - 2 * sum_high * sum_low))
        left[left <= all_high * _NOISE] = 0
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.ldexp(np.sqrt(left / (count * (count - 1))), self._exponents)

    def _running_squares(self) -> _Running:
        if self._squares is None:
            high, low = _product(self._values, self._values)
            self._squares = _Running(self._column, *digits_of(high, low, events=self._events))
        return self._squares


class _Running:
    """Running sums of a column in digits."""

    def __init__(self, column: Column, digits: list[Ints], bits: int) -> None:
        self._column, self.bits = column, bits
        at = column.windows.apart.at
        self._apart = [digit.take(at) for digit in digits]
        self._before = [_before(digit, at) for digit in digits]

    def carried(self, window: int) -> list[Ints]:
        pairs = zip(self._before, self._apart, strict=True)
        return carried([self._column.total(before, apart, window) for before, apart in pairs], self.bits)


def _before(digit: Ints, apart: Ints) -> Ints:
    digit[apart] = 0
    before = np.zeros(len(digit) + 1, np.int64)
    np.cumsum(digit, out=before[1:])
    return before


def _scaled(pair: tuple[Floats, Floats], bits: int) -> tuple[Floats, Floats]:
    return pair[0] * 2.0**-bits, pair[1] * 2.0**-bits


def _product(one: Floats, other: Floats) -> tuple[Floats, Floats]:
    """The product of two floats, and what its rounding lost; see Dekker (1971)."""
    product = one * other
    one_high, one_low = _halves(one)
    high, low = (one_high, one_low) if one is other else _halves(other)
    lost = ((one_high * high - product) + one_high * low + one_low * high) + one_low * low
    return product, lost


def _halves(values: Floats) -> tuple[Floats, Floats]:
    moved = values * _SPLITTER
    high = moved - (moved - values)
    return high, values - high


def count(column: Column, windows: Sequence[int], _parameter: Any) -> list[Values]:
    """How many values are in each window."""
    return [Values(column.count(window), None) for window in windows]


def total(column: Column, windows: Sequence[int], _parameter: Any) -> list[Values]:
    """The sum of the values in each window."""
    sums = column.shared(Moments)
    return [Values(sums.total(window), column.count(window) > 0) for window in windows]


def mean(column: Column, windows: Sequence[int], _parameter: Any) -> list[Values]:
    """The mean of the values in each window."""
    sums, counts = column.shared(Moments), [column.count(window) for window in windows]
    return [
        Values(sums.total(window) / np.maximum(count, 1), count > 0)
        for window, count in zip(windows, counts, strict=True)
    ]


def deviation(column: Column, windows: Sequence[int], _parameter: Any) -> list[Values]:
    """The sample standard deviation of the values in each window."""
    sums = column.shared(Moments)
    return [Values(sums.deviation(window), column.count(window) > 1) for window in windows]
