"""Grid search: every combination of choices, and of a few levels of numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, islice, product
from typing import Any, Final

import numpy as np

from keepfit.training.recipes.search_space import Choice, Distribution, Whole
from keepfit.training.search.engine import Proposal, SearchPlan
from keepfit.training.search.record import SearchTrial
from keepfit.training.search.round_sizes import ALL_ROWS

_LEVELS: Final = 3


class Grid:
    """See ``engine.Engine``."""

    def propose(self, plan: SearchPlan, history: Sequence[SearchTrial], *, last: bool) -> list[Proposal]:
        first = len(history)
        count = 0 if last else min(plan.round_size, plan.trials - first)
        combinations = product(*(levels(each) for each in plan.space.values()))
        cells = (dict(zip(plan.space, values, strict=True)) for values in combinations)
        trials: Iterator[dict[str, Any]] = chain([{}], cells)
        return [
            Proposal(number=number, parameters=parameters, share=ALL_ROWS)
            for number, parameters in enumerate(islice(trials, first, first + count), start=first)
        ]


def levels(distribution: Distribution) -> list[Any]:
    """The values that a grid tries.

    >>> levels(Whole(low=2, high=8)), levels(Whole(low=1, high=2))
    ([2, 5, 8], [1, 2])
    """
    if isinstance(distribution, Choice):
        return distribution.values
    low, high = distribution.low, distribution.high
    space = np.geomspace if distribution.log else np.linspace
    numbers = [float(number) for number in space(low, high, _LEVELS)]
    if isinstance(distribution, Whole):
        return sorted({round(number) for number in numbers})
    return [low, *numbers[1:-1], high]


ENGINE = Grid()
