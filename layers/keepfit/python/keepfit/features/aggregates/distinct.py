"""How many different values are in a window; 0 without any.

A state holds up to 256 of them by their hashes, exactly, and beyond that a HyperLogLog of 4,096 registers, whose
standard error is 1.6 %.

Source: Flajolet et al., HyperLogLog (2007); small ranges by linear counting.
"""

from __future__ import annotations

import hashlib
import math
from typing import Any, Final

from keepfit.features.aggregates.base import Aggregate, Event

STANDARD_ERROR: Final = 1.04 / math.sqrt(4096)
"""Of the count of more than ``MOST_EXACT`` different values, as a share of it."""
MOST_EXACT: Final = 256

_BITS = 12
_REGISTERS = 1 << _BITS
_ALPHA = 0.7213 / (1 + 1.079 / _REGISTERS)


class Distinct(Aggregate[dict[str, Any]]):
    """See ``base.Aggregate``; a state is ``{"hashes": [...]}`` or ``{"registers": "hex"}``."""

    gives = "int"
    exact = False

    def zero(self) -> dict[str, Any]:
        return {"hashes": []}

    def add(self, state: dict[str, Any], event: Event, parameter: Any = None) -> dict[str, Any]:
        hashed = _hash(event.value)
        if "hashes" in state:
            return self.merge(state, {"hashes": [hashed]})
        runs = bytearray.fromhex(state["registers"])
        _count_in(runs, hashed)
        return {"registers": runs.hex()}

    def merge(self, one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
        if "hashes" in one and "hashes" in other:
            hashes = sorted({*one["hashes"], *other["hashes"]})
            return {"hashes": hashes} if len(hashes) <= MOST_EXACT else {"registers": _runs(hashes).hex()}
        pairs = zip(_registers(one), _registers(other), strict=True)
        return {"registers": bytes(map(max, pairs)).hex()}

    def finish(self, state: dict[str, Any], parameter: Any = None) -> int:
        if "hashes" in state:
            return len(state["hashes"])
        runs = _registers(state)
        estimate = _ALPHA * _REGISTERS**2 / sum(2.0**-run for run in runs)
        empty = runs.count(0)
        if estimate <= 2.5 * _REGISTERS and empty:
            estimate = _REGISTERS * math.log(_REGISTERS / empty)
        return round(estimate)


def _hash(value: Any) -> str:
    """64 bits in hex; numbers that are equal have the same, whatever their type."""
    if isinstance(value, bool | int | float):
        value = float(value) if value == float(value) else int(value)
        value = repr(value + 0)
    return hashlib.blake2b(str(value).encode(), digest_size=8).hexdigest()


def _registers(state: dict[str, Any]) -> bytes:
    return bytes.fromhex(state["registers"]) if "registers" in state else _runs(state["hashes"])


def _runs(hashes: list[str]) -> bytes:
    """Of each register the longest run of zeros that its hashes begin with, and one."""
    runs = bytearray(_REGISTERS)
    for hashed in hashes:
        _count_in(runs, hashed)
    return bytes(runs)


def _count_in(runs: bytearray, hashed: str) -> None:
    number = int(hashed, 16)
    register, rest = number & (_REGISTERS - 1), number >> _BITS
    runs[register] = max(runs[register], 64 - _BITS - rest.bit_length() + 1)


AGGREGATE = Distinct()
