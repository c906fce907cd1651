"""How large the rounds of a search are, and how many there may be: by its trials alone."""

from __future__ import annotations

from typing import Final

from keepfit.training.search_definition import EngineName

_LEAST_OF_A_ROUND, _ROUNDS = 5, 10
_FACTOR: Final = 3
RUNGS: Final = 3
"""Halving measures trials with so many shares of the rows, one after another."""


def round_size(trials: int) -> int:
    """The most trials of a round, of so many in all; whatever measures them may do so at once.

    >>> round_size(14), round_size(200)
    (5, 20)
    """
    return max(_LEAST_OF_A_ROUND, -(-trials // _ROUNDS))


def survivors(trials: int, rung: int) -> int:
    """How many of so many trials halving measures with the share at ``rung``.

    >>> [survivors(40, rung) for rung in range(RUNGS)]
    [40, 13, 4]
    """
    return int(max(trials // _FACTOR**rung, 1))


def most_rounds(engine: EngineName, trials: int) -> int:
    """The most rounds that a search of so many trials may have.

    >>> most_rounds("tpe", 40), most_rounds("halving", 40), most_rounds("halving", 200)
    (8, 13, 17)
    """
    size = round_size(trials)
    first = -(-trials // size)
    if engine != "halving":
        return first
    # The candidate as it is goes on with the survivors, whether it is one of them or not; time may cut rungs short.
    return first + sum(-(-(survivors(trials, rung) + 1) // size) for rung in range(1, RUNGS)) + 1
