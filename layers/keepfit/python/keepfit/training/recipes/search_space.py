"""The values that a search may try for a recipe's parameters, as data: any search can draw from them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec


class Whole(msgspec.Struct, frozen=True, kw_only=True, tag="whole"):
    """A whole number of ``low`` to ``high``, both included; ``log`` draws evenly from its logarithms."""

    low: int
    high: int
    log: bool = False


class Real(msgspec.Struct, frozen=True, kw_only=True, tag="real"):
    """A number of ``low`` to ``high``; ``log`` draws evenly from its logarithms."""

    low: float
    high: float
    log: bool = False


class Choice(msgspec.Struct, frozen=True, kw_only=True, tag="choice"):
    """One of ``values``."""

    values: list[Any]


Distribution = Whole | Real | Choice
SearchSpace = Mapping[str, Distribution]
"""By the parameters' names; what is not in it keeps its default."""


def corners(space: SearchSpace) -> list[dict[str, Any]]:
    """The least of all, and the most of all: what a recipe must be able to fit at least.

    >>> corners({"depth": Whole(low=1, high=8), "loss": Choice(values=["a", "b"])})
    [{'depth': 1, 'loss': 'a'}, {'depth': 8, 'loss': 'b'}]
    """
    ends = {
        name: (each.values[0], each.values[-1]) if isinstance(each, Choice) else (each.low, each.high)
        for name, each in space.items()
    }
    return [{name: end[side] for name, end in ends.items()} for side in (0, 1)]
