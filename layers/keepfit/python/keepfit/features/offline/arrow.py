"""Columns of Arrow batches as numpy arrays that share their memory."""

from __future__ import annotations

from typing import Any

import nanoarrow
import numpy as np

from keepfit.features.offline.columns import Texts, Truths, Values


def column_of(array: nanoarrow.Array) -> Values | Texts:
    """A column of numbers of fixed width, or of texts; valid as long as its batch."""
    rows, first = len(array), array.offset
    _, values, *more = array.buffers
    present = presence_of(array)
    if more:
        return Texts(np.frombuffer(values, np.int32)[first : first + rows + 1], bytes(more[0]), present)
    numbers = np.asarray(values)[first : first + rows]
    # Arrow's 64 bits are C's long long, for which numpy has no fast way where its own type is long.
    return Values(numbers.view(numbers.dtype.str), present)


def lists_of(array: nanoarrow.Array) -> tuple[Any, Values]:
    """(rows + 1,) the bounds of each row's list, and the values of all lists; a missing list is empty."""
    rows, first = len(array), array.offset
    _, bounds, *_ = array.buffers
    values = column_of(array.child(0))
    if not isinstance(values, Values):
        raise TypeError("lists of texts are no numbers")
    return np.frombuffer(bounds, np.int32)[first : first + rows + 1], values


def presence_of(array: nanoarrow.Array) -> Truths | None:
    """(rows,) whether each value is there; None where all are."""
    if not nanoarrow.c_array(array).null_count:
        return None
    bits = np.frombuffer(array.buffers[0], np.uint8)
    return np.unpackbits(bits, bitorder="little")[array.offset : array.offset + len(array)].view(np.bool_)
