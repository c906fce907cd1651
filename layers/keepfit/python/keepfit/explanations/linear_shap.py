"""The terms of linear models: their SHAP values, exact for columns that are independent."""

from __future__ import annotations

import msgspec
import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]


class NumberTerm(msgspec.Struct, frozen=True, kw_only=True):
    """A number that adds ``weight`` times itself and ``offset``; a missing one counts as ``fill``."""

    place: int
    fill: float
    weight: list[float]
    offset: list[float]

    def values(self, numbers: Numbers) -> Numbers:
        """(rows, scores) of (rows,) numbers."""
        filled = np.where(np.isnan(numbers), self.fill, numbers)
        return np.asarray(filled[:, None] * np.array(self.weight) + np.array(self.offset))


class CodeTerm(msgspec.Struct, frozen=True, kw_only=True):
    """A code that adds what ``known`` has at its place, or ``other``: a number for each score."""

    place: int
    known: list[list[float]]
    other: list[float]

    def values(self, codes: Numbers) -> Numbers:
        """(rows, scores) of (rows,) codes, which are whole numbers."""
        table = np.array([*self.known, self.other])
        last = len(self.known)
        is_known = (codes >= 0) & (codes < last)
        return np.asarray(table[np.where(is_known, codes, last).astype(np.intp)])


class LinearTerms(msgspec.Struct, frozen=True, kw_only=True, tag_field="way", tag="linear"):
    """A linear model; ``base`` is what a row has of which nothing is known."""

    base: list[float]
    numbers: list[NumberTerm]
    codes: list[CodeTerm]

    def values(self, rows: npt.NDArray[np.float32]) -> Numbers:
        """(rows, numbers, scores) SHAP values of (rows, numbers) encoded rows."""
        found = np.zeros((*rows.shape, len(self.base)))
        terms: list[NumberTerm | CodeTerm] = [*self.numbers, *self.codes]
        for term in terms:
            found[:, term.place] += term.values(rows[:, term.place].astype(np.float64))
        return found
