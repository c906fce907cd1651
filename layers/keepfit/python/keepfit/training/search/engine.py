"""The interface of engines: what is known of a search in, its next round out.

Engines keep nothing: the same plan and history give the same round, wherever and by how many the trials of the rounds
before were measured.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from keepfit.training.recipes.search_space import SearchSpace
from keepfit.training.search.record import SearchTrial
from keepfit.training.search.round_sizes import round_size


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchPlan:
    """What an engine draws from.

    Args:
        space: the values of each parameter; at least one parameter.
        defined: the candidate's own values of these parameters, those it has.
        trials: how many there may be, trial 0 included, which is the candidate as it is.
        rows: that train in the smallest fold.
        greater_is_better: of what trials measure.
        seed: makes every draw.
    """

    space: SearchSpace
    defined: Mapping[str, Any]
    trials: int
    rows: int
    greater_is_better: bool
    seed: int

    @property
    def round_size(self) -> int:
        """The most trials of a round; whatever measures them may do so at once."""
        return round_size(self.trials)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A trial to measure by fits to a ``share`` of the training rows."""

    number: int
    parameters: Mapping[str, Any]
    share: float


class Engine(Protocol):
    """Draws the trials of a search."""

    def propose(self, plan: SearchPlan, history: Sequence[SearchTrial], *, last: bool) -> list[Proposal]:
        """The next round, in order of number; empty at the end.

        Args:
            plan: what is searched.
            history: the trials so far, in order of number, all of them measured or over.
            last: whether time is up, so that only what a winner still needs is proposed.
        """
        ...
