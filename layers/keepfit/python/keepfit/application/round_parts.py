"""Parts of a search's rounds in a candidate's files: written trial by trial, resumed where one ended."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import msgspec

from keepfit.training.runs.run_files import CandidateFiles
from keepfit.training.search.measuring import Measuring
from keepfit.training.search.record import SearchTrial
from keepfit.training.search.rounds import Round, RoundResult, merged
from keepfit.training.search.search import Search

# How a service calls the end of a process that a trial brought about, and how often another may be the reason.
_DIED: Final = (
    "Runtime.ExitError",
    "Runtime.OutOfMemory",
    "Sandbox.Timedout",
    "Lambda.Unknown",
    "MemoryError",
)
_MAX_TIMES: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundParts:
    """The parts of a candidate's rounds.

    Args:
        files: the candidate's.
        workers: how many measure a round.
        moved: the error that the service before this one ended with, empty where there was none.
    """

    files: CandidateFiles
    workers: int
    moved: str = ""

    def read(self, current: Round) -> RoundResult | None:
        """What workers measured of a round; None where none of them measured anything."""
        parts = [self._part(current.number, worker) for worker in range(self.workers)]
        found = [part for part in parts if part is not None and part.trials]
        return merged(found) if found else None

    def measure(
        self,
        search: Search,
        current: Round,
        measuring: Measuring,
        *,
        worker: int,
        tell: Callable[[str], None],
    ) -> RoundResult:
        """Measures what is ``worker``'s of a round and not measured yet.

        A trial that ended the process is over: it is not tried for ever, and those after it are measured.
        """
        proposals = current.proposals[worker :: self.workers]
        earlier = self._part(current.number, worker) or RoundResult(trials=[], seconds=0)
        done = {trial.number: trial for trial in earlier.trials}
        started = time.perf_counter()

        def write(begun: int | None = None, times: int = 0) -> RoundResult:
            part = RoundResult(
                trials=[done[each.number] for each in proposals if each.number in done],
                seconds=earlier.seconds + time.perf_counter() - started,
                begun=begun,
                times=times,
                workers=self.workers,
            )
            self.files.put(part_name(current.number, worker), msgspec.json.encode(part))
            return part

        for proposal in proposals:
            if proposal.number in done:
                continue
            times = earlier.times if proposal.number == earlier.begun else 0
            if times and (self.moved in _DIED or times >= _MAX_TIMES):
                trial = _fatal(current.trial(proposal), self.moved)
            else:
                write(proposal.number, times + 1)
                own = done.get(0, current.trials.get(0))
                trial = search.measure(current, proposal, measuring, own=own)
            done[trial.number] = trial
            tell(f"trial {trial.number}: {trial.outcome}")
        return write()

    def _part(self, number: int, worker: int) -> RoundResult | None:
        body = self.files.find(part_name(number, worker))
        part = None if body is None else msgspec.json.decode(body, type=RoundResult)
        return part if part is not None and part.workers == self.workers else None


def _fatal(trial: SearchTrial, moved: str) -> SearchTrial:
    ending = f" with {moved}" if moved else ""
    return msgspec.structs.replace(
        trial, outcome="failed", reason=f"it ended the process that measured it{ending}"
    )


def part_name(number: int, worker: int) -> str:
    """The file of what a worker, from 0, measured of a round."""
    return f"search/{number:02}-{worker:02}.json"
