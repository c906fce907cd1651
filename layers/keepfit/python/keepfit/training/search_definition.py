"""The definition of a search for parameters: how much of it, by what, and among which values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from keepfit.training.recipes.search_space import Choice, Distribution, Real, SearchSpace, Whole

EngineName = Literal["halving", "tpe", "grid"]
MAX_TRIALS: Final = 1_000
MAX_MINUTES: Final = 60
"""A candidate's task ends after two hours, and the best trial is fitted again after its search."""
MAX_WORKERS: Final = 20
MEASURE_TRIALS: Final = "measure_trials"
"""The step of a worker, by which the state machine asks the training image for it."""


class SearchDefinition(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A search for better parameters, in trials on training rows; validation rows choose the best."""

    trials: Annotated[
        int,
        Meta(
            ge=1,
            le=MAX_TRIALS,
            description="how many, shared by the candidates that have a space; the first of each is the candidate as "
            "it is defined",
        ),
    ] = 40
    minutes: Annotated[
        float,
        Meta(
            gt=0,
            le=MAX_MINUTES,
            description="no candidate begins another round of trials after so long; a search that this ended may end "
            "elsewhere the next time, and one that ended by its trials does not",
        ),
    ] = 10
    workers: Annotated[
        int,
        Meta(
            ge=1,
            le=MAX_WORKERS,
            description="how many tasks measure the trials of a round at once; 1 measures them where the candidate is "
            "trained, which is quicker unless a fit takes minutes. The winner is the same",
        ),
    ] = 1
    engine: Annotated[
        EngineName,
        Meta(
            description="`halving`: trials drawn at random on a sample of the rows, the best third of them on more, "
            "the best ninth on all; `tpe`: each round drawn where the trials before were good (tree-structured Parzen "
            "estimator), all rows in each; `grid`: every combination of choices and of three levels of numbers, the "
            "first of them where they are more than the trials"
        ),
    ] = "halving"


class SpanDefinition(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Numbers of ``low`` to ``high``: whole ones where both are, by their logarithms with ``log``."""

    low: int | float
    high: int | float
    log: bool = False

    @property
    def mistake(self) -> str | None:
        """What is wrong with it, for people."""
        if not self.low < self.high:
            return f"low = {self.low} must be less than high = {self.high}"
        if self.log and self.low <= 0:
            return f"low = {self.low} has no logarithm; write one above 0, or leave log out"
        return None

    def distribution(self) -> Distribution:
        """The numbers, for engines."""
        if isinstance(self.low, int) and isinstance(self.high, int):
            return Whole(low=self.low, high=self.high, log=self.log)
        return Real(low=float(self.low), high=float(self.high), log=self.log)


Scalar = bool | int | float | str
SpaceDefinition = dict[str, SpanDefinition | list[Scalar]]
"""By the parameters' names: a span of numbers, or a list of values to choose from."""


def space_of(definition: Mapping[str, SpanDefinition | list[Scalar]]) -> SearchSpace:
    """The space as engines read it.

    >>> space_of({"max_depth": SpanDefinition(low=2, high=8), "tol": [0.1, 0.01]})
    {'max_depth': Whole(low=2, high=8, log=False), 'tol': Choice(values=[0.1, 0.01])}
    """
    return {
        name: Choice(values=list(each)) if isinstance(each, list) else each.distribution()
        for name, each in definition.items()
    }


def share_of_trials(trials: int, searched: int, place: int) -> int:
    """The trials of the candidate at ``place``, from 0, of so many that are ``searched``; at least 1.

    >>> [share_of_trials(40, 3, place) for place in range(3)]
    [14, 13, 13]
    """
    return max(trials // searched + (place < trials % searched), 1)
