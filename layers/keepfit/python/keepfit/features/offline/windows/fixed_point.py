"""Exact sums of floats in windows: numbers as whole multiples of a power of two, in digits of 64 bits.

A digit may overflow in running sums, because their differences, which are the sums of windows, do not. So nothing is
rounded but each sum, once.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import numpy.typing as npt

from keepfit.features.offline.spine_index import Ints

Floats = npt.NDArray[np.float64]

# A digit's sum over all events of an entity stays below.
_BITS = 62
# What a float is rounded by is less than one in its first digit.
_MOST_BITS = 52
_LOW = (1 << 31) - 1


def digits_of(values: Floats, low: Floats | None = None, *, events: int) -> tuple[list[Ints], int]:
    """Digits of (n,) values of a size up to 1, the most significant first, and how many bits each has.

    Args:
        values: are used up.
        low: what comes on top of each value and is less than its last bit; is used up.
        events: of so many values sums are made.
    """
    bits = min(_BITS - max(events, 1).bit_length(), _MOST_BITS)
    digits: list[Ints] = []
    while not digits or values.any():
        values *= 2.0**bits
        whole = np.rint(values)
        values -= whole
        if low is not None:
            low *= 2.0**bits
            values, low = two_sum(values, low)
            low = low if low.any() else None
        digits.append(whole.astype(np.int64))
    return digits, bits


def carried(digits: list[Ints], bits: int) -> list[Ints]:
    """The same sums with every digit but the first from 0 up to, not with, ``2**bits``."""
    found = [digit.copy() for digit in digits]
    for place in range(len(found) - 1, 0, -1):
        found[place - 1] += found[place] >> bits
        found[place] &= (1 << bits) - 1
    return found


def rounded(digits: list[Ints], bits: int) -> Floats:
    """(rows,) the floats nearest to sums in carried digits, in units of the first digit."""
    if len(digits) == 1:
        return digits[0].astype(np.float64)
    total, lost, low = _parts(digits, bits)
    found: Floats = total + _to_odd(*two_sum(lost, low))
    deep = np.flatnonzero(np.logical_or.reduce(digits[2:])) if len(digits) > 2 else ()
    for row in deep:
        found[row] = float(sum(Fraction(int(d[row]), 1 << bits * n) for n, d in enumerate(digits)))
    return found


def paired(digits: list[Ints], bits: int) -> tuple[Floats, Floats]:
    """(rows,) sums in carried digits as pairs of floats, whose second is what the first lacks."""
    total, lost, low = _parts(digits, bits)
    for place, digit in enumerate(digits[2:], start=2):
        low += digit * 2.0 ** (-bits * place)
    return two_sum(total, lost + low)


def _parts(digits: list[Ints], bits: int) -> tuple[Floats, Floats, Floats]:
    """The sum of the first two digits as three floats, exactly: the first is nearest to all but the last."""
    large = digits[0].astype(np.float64)
    left = (digits[0] - large.astype(np.int64)).astype(np.float64)
    if len(digits) == 1:
        return large, left, np.zeros(len(large))
    left += (digits[1] >> 31) * 2.0 ** (31 - bits)
    total, lost = two_sum(large, left)
    return total, lost, np.multiply(digits[1] & _LOW, 2.0**-bits, dtype=np.float64)


def two_sum(one: Floats, other: Floats) -> tuple[Floats, Floats]:
    """The sum of two floats, and what its rounding lost; see Knuth, TAOCP 2, 4.2.2."""
    total = one + other
    part = total - one
    return total, (one - (total - part)) + (other - part)


def _to_odd(values: Floats, lost: Floats) -> Floats:
    """Values whose last bit says that something was lost, so that rounding once more does not double it.

    Source: Boldo and Melquiond, Emulation of FMA and correctly rounded sums: proved algorithms using rounding to odd
    (2008).
    """
    bits = values.view(np.int64)
    even = (lost != 0) & (bits & 1 == 0)
    bits += np.where(even, np.where((lost > 0) == (values > 0), 1, -1), 0)
    return values
