"""Replays requests to champion and challenger: the last logged ones, and rows of the holdout."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from keepfit.features.schema.signature import Signature
from keepfit.serving.release.golden import as_body, as_event
from keepfit.serving.release.invocation import Invocation
from keepfit.serving.release.ports import ReleaseTarget
from keepfit.serving.release.replay import Latency, ReplayReport
from keepfit.tasks.answers import outputs_of
from keepfit.tasks.registry import task_of

MAX_REQUESTS = 200
# The function has five minutes; what was asked by then decides.
TIMEOUT_S = 180.0

Instance = Mapping[str, Any]
Requests = Callable[[int], Sequence[Instance]]


@dataclass(slots=True, kw_only=True)
class Contestant:
    """One of the two releases, and its answers: an output for each request, None where there is none.

    ``defaults`` are values of fields that an instance may lack: rows of the holdout have those of one model alone.
    """

    version: int
    lambda_version: str
    signature: Signature
    defaults: Mapping[str, Any] = field(default_factory=dict)
    outputs: list[Any] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    failures: int = 0
    refusals: int = 0
    problem: str | None = None

    def asks(self, instance: Instance) -> dict[str, Any]:
        """The instance with the fields that this release knows: others are dropped, missing ones null."""
        known = {**self.defaults, **instance}
        return {column.name: known.get(column.name) for column in self.signature.instance_columns}

    def take(self, invocation: Invocation, seconds: float) -> None:
        """Notes an answer and how long it took."""
        output, status = None, 0
        if invocation.error is None:
            response = json.loads(invocation.payload)
            status = int(response["statusCode"])
            if status == 200:
                [output] = outputs_of(self.signature.task.kind, json.loads(response["body"]))
                self.seconds.append(seconds)
            elif 400 <= status < 500:
                self.refusals += 1
        if output is None and not 400 <= status < 500:
            self.failures += 1
        if output is None and self.problem is None:
            self.problem = invocation.payload[:300].decode(errors="replace")
        self.outputs.append(output)

    @property
    def latency(self) -> Latency | None:
        """None where nothing was answered."""
        if not self.seconds:
            return None
        ordered = sorted(self.seconds)
        p95 = ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]
        return Latency(median_ms=statistics.median(ordered) * 1000, p95_ms=p95 * 1000)


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestReplay:
    """Replays requests to two releases, by their Lambda versions, so that no client meets either.

    Args:
        target: invokes versions.
        logged: up to so many instances that clients sent last.
        holdout: up to so many rows of the challenger's holdout, as clients would send them.
        timer: seconds that only grow.
    """

    target: ReleaseTarget
    logged: Requests
    holdout: Requests
    timer: Callable[[], float] = time.perf_counter

    def replay(self, champion: Contestant, challenger: Contestant, *, requests: int) -> ReplayReport:
        """Asks both ``requests`` instances one by one, in turn; those of the holdout where too few are logged."""
        wanted = min(requests, MAX_REQUESTS)
        logged = list(self.logged(wanted))
        instances = [*logged, *self.holdout(wanted - len(logged))] if len(logged) < wanted else logged
        for contestant in (champion, challenger) if instances else ():
            self._ask(contestant, instances[0])  # starts it, which is no latency of its answers
        deadline, asked = self.timer() + TIMEOUT_S, 0
        for instance in instances:
            if self.timer() > deadline:
                break
            for contestant in (champion, challenger) if asked % 2 else (challenger, champion):
                contestant.take(*self._ask(contestant, instance))
            asked += 1
        return _report(champion, challenger, logged=min(asked, len(logged)), asked=asked)

    def _ask(self, contestant: Contestant, instance: Instance) -> tuple[Invocation, float]:
        event = as_event(as_body([contestant.asks(instance)]))
        started = self.timer()
        invocation = self.target.invoke(contestant.lambda_version, event)
        return invocation, self.timer() - started


def _report(champion: Contestant, challenger: Contestant, *, logged: int, asked: int) -> ReplayReport:
    task = task_of(challenger.signature.task)
    pairs = [
        pair
        for pair in zip(champion.outputs, challenger.outputs, strict=True)
        if None not in pair and task.compared_with(champion.signature.task) is None
    ]
    difference = (
        task.difference(*(np.array(side, dtype=np.float64) for side in zip(*pairs, strict=True)))
        if pairs
        else None
    )
    return ReplayReport(
        champion=champion.version,
        challenger=challenger.version,
        logged=logged,
        holdout=asked - logged,
        failures=challenger.failures,
        refusals=challenger.refusals,
        champion_failures=champion.failures,
        champion_refusals=champion.refusals,
        latency=challenger.latency,
        champion_latency=champion.latency,
        compared=len(pairs),
        changed=difference.flipped_labels if difference else 0,
        mean_difference=float(difference.difference.mean()) if difference else None,
        problem=challenger.problem,
    )
