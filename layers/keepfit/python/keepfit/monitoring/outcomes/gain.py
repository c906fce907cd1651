"""The gain of a retrained version over the one before it, measured once on later outcomes.

Both answer the same requests: the version did when clients asked, the one before it does now, frozen, from its package.
Neither can have trained on them. It is measured once, at a number of outcomes that was fixed before: who looks again
and again finds a gain, or a loss, by chance.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import msgspec
import numpy as np
import numpy.typing as npt

from keepfit.errors import EmptyWindow
from keepfit.evaluation.bootstrap import bootstrap, interval
from keepfit.evaluation.tasks.base import TrainingTask
from keepfit.evaluation.tasks.registry import training_task_of
from keepfit.instants import Duration
from keepfit.monitoring.outcomes.definition import OutcomesDefinition
from keepfit.monitoring.outcomes.measure import AnsweringVersion
from keepfit.monitoring.outcomes.pairs import Answered, Question
from keepfit.monitoring.outcomes.ports import OutcomePairs
from keepfit.registry.gain import LaterGain
from keepfit.tasks.base import Outputs
from keepfit.tasks.spec import TaskSpec

_SEED = 0
_MIN_OF_EACH_CLASS = 5
_MOST_ROWS = 20_000


class Retrained(msgspec.Struct, frozen=True, kw_only=True):
    """A version that replaced another, by the run that trained it."""

    version: int
    before: int
    run_id: str
    cause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FormerAnswers:
    """What a version answers of requests that another one answered.

    Args:
        outputs: (rows,) or (rows, width), NaN where it refuses.
        answered: (rows,) which it answers, at least one.
    """

    outputs: Outputs
    answered: npt.NDArray[np.bool_]


Ask = Callable[[int, Answered, TaskSpec], FormerAnswers | str]
"""What a version, by its number, answers of what another was asked, or why it answers nothing; the specification
explains the other's outputs."""


class NotMeasured(msgspec.Struct, frozen=True, kw_only=True):
    """A version whose gain cannot be measured, and why."""

    version: int
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GainMeasurement:
    """Measures the gain of the version that serves.

    Args:
        definition: how many outcomes it takes.
        window: how far back requests are looked for.
        metric: that judges the model; None for the default of the task.
        pairs: requests with their outcomes.
        retrained: what a version replaced; None for the first, or one that no run has trained.
        version_of: what is known of a version that answered.
        ask: a version.
        newest_event: of the collected predictions.
        clock: the present.
    """

    definition: OutcomesDefinition
    window: Duration
    metric: str | None
    pairs: OutcomePairs
    retrained: Callable[[int], Retrained | None]
    version_of: Callable[[int], AnsweringVersion]
    ask: Ask
    newest_event: Callable[[], datetime | None]
    clock: Callable[[], datetime]

    def measure(self, version: int) -> LaterGain | NotMeasured | None:
        """The gain of ``version``; None while too few outcomes are known, or nothing was replaced."""
        retrained, end = self.retrained(version), self.newest_event()
        if retrained is None or end is None:
            return None
        known = self.version_of(version)
        task = training_task_of(known.task)
        now = self.clock()
        question = Question(start=end - self.window.delta, end=end, as_of=now, everywhere=False)
        found = self.pairs.answered(question, version, width=task.scores, limit=_MOST_ROWS)
        if len(found.outcomes) < self.definition.gain_rows:
            return None
        former = self.ask(retrained.before, found, known.task)
        if isinstance(former, str):
            return NotMeasured(version=version, note=former)
        return _compared(task, self.metric, found, former, retrained, now)


def _compared(
    task: TrainingTask,
    name: str | None,
    found: Answered,
    former: FormerAnswers,
    retrained: Retrained,
    now: datetime,
) -> LaterGain | NotMeasured:
    rows = former.answered
    metric, labels = task.metric(name), task.encode_labels(found.outcomes[rows])
    refused = task.refuse_to_judge(labels, minimum_of_each_class=_MIN_OF_EACH_CLASS)
    if refused is not None:
        return NotMeasured(version=retrained.version, note=refused)
    answers = found.answers if task.scores > 1 else found.answers[:, 0]
    try:
        now_and_before = {
            "version": metric.prepare(labels, answers[rows]),
            "before": metric.prepare(labels, former.outputs[rows]),
        }
    except EmptyWindow as error:
        return NotMeasured(version=retrained.version, note=str(error))
    resampled = bootstrap(now_and_before, strata=task.strata(labels), seed=_SEED)
    value, before = (each.value() for each in now_and_before.values())
    return LaterGain(
        version=retrained.version,
        before=retrained.before,
        cause=retrained.cause,
        run_id=retrained.run_id,
        measured_at=now,
        metric=metric.name,
        gain=float(metric.gain(value, before)),
        interval=interval(np.asarray(metric.gain(resampled["version"], resampled["before"]))),
        value=value,
        value_before=before,
        rows=int(rows.sum()),
        refused=int((~rows).sum()),
    )
