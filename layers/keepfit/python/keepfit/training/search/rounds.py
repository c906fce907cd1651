"""The rounds of a search: drawn one after another, and measured by one task or by several."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import msgspec

from keepfit.training.search.engine import Engine, Proposal, SearchPlan
from keepfit.training.search.record import SearchTrial

Ending = Literal["trials", "minutes", "workers"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """A round to measure; ``number`` counts from 1, ``trials`` are those of the rounds before by number."""

    number: int
    proposals: Sequence[Proposal]
    trials: Mapping[int, SearchTrial]

    def trial(self, proposal: Proposal) -> SearchTrial:
        """The trial as it was before the round."""
        begun = SearchTrial(number=proposal.number, parameters=dict(proposal.parameters))
        return self.trials.get(proposal.number, begun)


class RoundResult(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a round, or of a worker's part of it: its trials, and the seconds that passed.

    ``begun`` is the number of the trial that is measured at this moment, for the ``times``-th time, in a part of a
    round for so many ``workers``.
    """

    trials: list[SearchTrial]
    seconds: float
    begun: int | None = None
    times: int = 0
    workers: int = 1


Measured = Callable[[Round], RoundResult | None]
"""Measures a round; None where nobody did, or where no round after it is wanted."""


def run_rounds(
    engine: Engine, plan: SearchPlan, *, minutes: float, measured: Measured
) -> tuple[list[SearchTrial], float, Ending]:
    """All trials in order of number, the seconds of all rounds, and what ended them.

    A trial that its round's result lacks is over: its worker ended before it.
    """
    trials: dict[int, SearchTrial] = {}
    number, seconds, last = 0, 0.0, False
    while proposals := engine.propose(plan, [trials[n] for n in sorted(trials)], last=last):
        if not last and number and seconds > minutes * 60:
            last = True
            continue
        number += 1
        current = Round(number=number, proposals=proposals, trials=trials)
        result = measured(current)
        if result is None:
            return _ended(trials), seconds, "workers"
        seconds += result.seconds
        known = {trial.number: trial for trial in result.trials}
        trials = {
            **trials,
            **{each.number: known.get(each.number, _lost(current, each)) for each in proposals},
        }
    return _ended(trials), seconds, "minutes" if last else "trials"


def merged(parts: Sequence[RoundResult]) -> RoundResult:
    """The result of a round whose parts were measured at the same time."""
    return RoundResult(
        trials=[trial for part in parts for trial in part.trials],
        seconds=max(part.seconds for part in parts),
    )


def _lost(current: Round, proposal: Proposal) -> SearchTrial:
    reason = f"its worker ended in round {current.number} before it was measured"
    return msgspec.structs.replace(current.trial(proposal), outcome="failed", reason=reason)


def _ended(trials: Mapping[int, SearchTrial]) -> list[SearchTrial]:
    """The trials, each with why it was not measured on all rows, where it was not."""
    return [_with_reason(trials[number]) for number in sorted(trials)]


def _with_reason(trial: SearchTrial) -> SearchTrial:
    if trial.is_over or trial.value() is not None:
        return trial
    rows = trial.measurements[-1].rows
    return msgspec.structs.replace(trial, outcome="cut", reason=f"others were better by fits to {rows} rows")
