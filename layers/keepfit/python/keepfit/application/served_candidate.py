"""A candidate in the code that serves: what gates ask of it beside its answers to the holdout."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from keepfit.application.answer_rows import answers_of, as_known_to
from keepfit.application.evaluate_holdout import evaluate_holdout
from keepfit.application.holdout import HoldoutRow, body, rows_at_once
from keepfit.definitions.compiled_model import CompiledModel
from keepfit.errors import InvalidOutput
from keepfit.evaluation.report import Evaluation
from keepfit.evaluation.tasks.registry import training_task_of
from keepfit.features.expressions.python_row import compile_tree
from keepfit.serving.inference.scorer import Scorer
from keepfit.serving.requests.predictor import Predictor
from keepfit.tasks.base import Outputs
from keepfit.training.judging.evidence import LoggedRequests
from keepfit.training.model_tests.base import ModelTestResult, ModelUnderTest, answered
from keepfit.training.model_tests.run import run_tests

LATENCY_REQUESTS = 200
"""Single requests whose time is measured, after a few that are not."""
_WARM_UP = 10

Logged = Callable[[int], Mapping[str, Mapping[str, Any]]]
"""Up to so many of the newest logged instances, by their prediction ids."""


@dataclass(frozen=True, kw_only=True)
class LoadedCandidate:
    """See ``training.judging.evidence.ServedCandidate``.

    Args:
        name: the candidate's.
        scorer: its.
        model_bytes: the size of its file.
        compiled: the run's definition.
        holdout: the rows that judge.
        served: what it answers of them.
        champion: the scorer of what serves; None before the first release.
        logged: reads the prediction log.
        timer: seconds that only grow.
    """

    name: str
    scorer: Scorer
    model_bytes: int
    compiled: CompiledModel
    holdout: Sequence[HoldoutRow]
    served: Outputs
    champion: Scorer | None
    logged: Logged
    timer: Callable[[], float] = time.perf_counter

    def p95_ms(self) -> float:
        """Asks single requests of rows of the holdout, as API Gateway would."""
        predictor = Predictor(scorer=self.scorer, model=self.compiled.name, version=0, log=len)
        step = max(1, len(self.holdout) // LATENCY_REQUESTS)
        rows = self.holdout[::step][:LATENCY_REQUESTS]
        events = [{"body": body([row.instance]).decode()} for row in rows]
        for event in events[:_WARM_UP]:
            predictor.answer(event)
        seconds = []
        for event in events:
            started = self.timer()
            predictor.answer(event)
            seconds.append(self.timer() - started)
        return float(np.quantile(seconds, 0.95)) * 1000

    def logged_requests(self, limit: int) -> LoggedRequests:
        """Asks it and the champion what clients asked last."""
        logged = self.logged(limit)
        ids = list(logged)
        if not ids:
            return LoggedRequests(requests=0)
        outputs, refused = _answered(self.scorer, list(logged.values()))
        champion = self.champion
        told = [f"prediction {ids[row]}: {why}" for row, why in refused.items()]
        if champion is None or self.scorer.task.compared_with(champion.signature.task) is not None:
            return LoggedRequests(requests=len(ids), refused=told)
        present, _ = _answered(champion, list(logged.values()))
        present = champion.task.translated(present, self.scorer.signature.task)
        both = np.flatnonzero(answered(outputs) & answered(present))
        task = self.scorer.task
        flipped = both[task.difference(present[both], outputs[both]).flipped]
        decisions = zip(
            flipped.tolist(), task.decide(outputs[flipped]), task.decide(present[flipped]), strict=True
        )
        changed = [f"prediction {ids[row]}: {now} instead of {before}" for row, now, before in decisions]
        return LoggedRequests(requests=len(ids), refused=told, compared=len(both), changed=changed)

    def tests(self) -> list[ModelTestResult]:
        """Runs the tests of the run's definition."""
        definition = self.compiled.definition
        if not definition.tests:
            return []
        task = training_task_of(self.scorer.signature.task)
        under_test = ModelUnderTest(
            task=task,
            metric=task.metric(definition.gates.metric).name,
            labels=task.encode_labels([row.label for row in self.holdout]),
            outputs=self.served,
            instances=self._instances,
            ask=lambda instances: _answered(self.scorer, instances)[0],
            rows=self._rows,
        )
        return run_tests(definition.tests, under_test)

    def evaluation(self) -> Evaluation:
        """Measures its answers on parts of the holdout, once."""
        return self._evaluation

    @cached_property
    def _evaluation(self) -> Evaluation:
        return evaluate_holdout(
            self.name,
            self.served,
            self.holdout,
            task=training_task_of(self.scorer.signature.task),
            compiled=self.compiled,
            signature=self.scorer.signature,
            own_models=self.scorer.segments,
        )

    @cached_property
    def _columns(self) -> dict[str, list[Any]]:
        """(rows,) the values of each field of the holdout, as its column has them."""
        at_once = rows_at_once(self.scorer)
        decoded: list[Any] = []
        for start in range(0, len(self.holdout), at_once):
            chunk = self.holdout[start : start + at_once]
            decoded += self.scorer.decode(body([row.instance for row in chunk])).instances
        return {
            column.name: [getattr(instance, f"f{position}") for instance in decoded]
            for position, column in enumerate(self.scorer.signature.instance_columns)
        }

    @cached_property
    def _instances(self) -> list[dict[str, Any]]:
        return [msgspec.json.decode(row.instance) for row in self.holdout]

    def _rows(self, sql: str) -> npt.NDArray[np.bool_]:
        """(rows,) the rows that a filter takes; where it gives NULL it takes none."""
        taken = compile_tree(self.compiled.filters[sql], "bool")(self._columns, len(self.holdout))
        return np.array([value is True for value in taken], dtype=np.bool_)


def _answered(scorer: Scorer, instances: Sequence[Mapping[str, Any]]) -> tuple[Outputs, dict[int, str]]:
    """The outputs, NaN for rows that it refuses, and why it does; a model that fails refuses all."""
    asked = [as_known_to(scorer, instance) for instance in instances]
    try:
        return answers_of(scorer, asked)
    except InvalidOutput as error:
        return scorer.task.blank(len(asked)), dict.fromkeys(range(len(asked)), str(error))
