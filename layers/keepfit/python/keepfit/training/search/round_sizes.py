"""How large the rounds of a search are, and how many there may be: by its trials and rows alone."""

from __future__ import annotations

from typing import Final

from keepfit.training.search_definition import EngineName

_LEAST_OF_A_ROUND, _ROUNDS = 5, 10
_FACTOR: Final = 3
ALL_ROWS: Final = 1.0
_SHARES: Final = (1 / 8, 1 / 3, ALL_ROWS)
MIN_SAMPLE_ROWS: Final = 2_000
"""Fewer rows say too little about which parameters are good with all of them."""


def round_size(trials: int) -> int:
    """The most trials of a round, of so many in all; whatever measures them may do so at once.

    >>> round_size(14), round_size(200)
    (5, 20)
    """
    return max(_LEAST_OF_A_ROUND, -(-trials // _ROUNDS))


def shares_of(rows: int) -> list[float]:
    """The shares of ``rows`` with which halving measures trials, one after another; the last is all.

    >>> [round(share, 3) for share in shares_of(40_000)], shares_of(3_000)
    ([0.125, 0.333, 1.0], [1.0])
    """
    return [share for share in _SHARES if share == ALL_ROWS or share * rows >= MIN_SAMPLE_ROWS]


def survivors(trials: int, rung: int) -> int:
    """How many of so many trials halving measures with the share at ``rung``.

    >>> [survivors(40, rung) for rung in range(3)]
    [40, 13, 4]
    """
    return int(max(trials // _FACTOR**rung, 1))


def planned_rounds(engine: EngineName, trials: int, rows: int) -> list[int]:
    """The most trials that each round may have, in order; a search by so many ``rows`` has no round more.

    >>> planned_rounds("tpe", 14, 3_000), planned_rounds("halving", 14, 40_000)
    ([5, 5, 4], [5, 5, 4, 5, 2])
    """
    if engine != "halving":
        return _rounds(trials, trials)
    # The candidate as it is goes on with the survivors, whether it is one of them or not; where time ends the search,
    # the best of them and that one make the next round the last.
    rungs = [trials, *(survivors(trials, rung) + 1 for rung in range(1, len(shares_of(rows))))]
    return [max(size, 2) for rung in rungs for size in _rounds(rung, trials)]


def _rounds(count: int, trials: int) -> list[int]:
    """So many trials of a search of ``trials``, round by round."""
    size = round_size(trials)
    return [min(size, count - first) for first in range(0, count, size)]
