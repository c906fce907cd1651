"""Corrects p-values for the number of questions that were asked."""

from __future__ import annotations

from collections.abc import Sequence


def holm(p_values: Sequence[float], questions: int) -> list[float]:
    """The p-values, corrected so that any false finding at all has the chance that they say.

    Args:
        p_values: of those that were tested, in any order.
        questions: how many there were, tested or not; those that were left out count as if they had shown nothing.

    Source: Holm, A simple sequentially rejective multiple test procedure (1979).

    >>> holm([0.02, 0.01], 2)
    [0.02, 0.02]
    >>> holm([0.01], 10)
    [0.1]
    """
    corrected = [1.0] * len(p_values)
    largest = 0.0
    for rank, place in enumerate(sorted(range(len(p_values)), key=lambda place: p_values[place])):
        largest = min(1.0, max(largest, p_values[place] * (questions - rank)))
        corrected[place] = largest
    return corrected
