"""Tree-structured Parzen estimator: rounds drawn where earlier trials were good, all rows in each.

Source: Bergstra et al., Algorithms for Hyper-Parameter Optimization (2011), by Optuna.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from keepfit.training.search.drawing import draw
from keepfit.training.search.engine import Proposal, SearchPlan
from keepfit.training.search.record import SearchTrial
from keepfit.training.search.round_sizes import ALL_ROWS


class Tpe:
    """See ``engine.Engine``."""

    def propose(self, plan: SearchPlan, history: Sequence[SearchTrial], *, last: bool) -> list[Proposal]:
        first = len(history)
        count = 0 if last else min(plan.round_size, plan.trials - first)
        own: list[dict[str, Any]] = [{}] if first == 0 and count else []
        drawn = draw(plan, history, count - len(own), method="tpe") if count > len(own) else []
        return [
            Proposal(number=number, parameters=parameters, share=ALL_ROWS)
            for number, parameters in enumerate([*own, *drawn], start=first)
        ]


ENGINE = Tpe()
