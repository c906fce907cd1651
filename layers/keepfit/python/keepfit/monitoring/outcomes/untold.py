"""Predictions of a model without outcomes, whose performance can only be estimated."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from keepfit.monitoring.outcomes.counts import PredictionCounts, ToldOutcomes
from keepfit.monitoring.outcomes.pairs import Answered, Joined, Question
from keepfit.monitoring.outcomes.periods import beginnings
from keepfit.monitoring.profiles.ports import Predictions
from keepfit.monitoring.profiles.window import WindowColumns


@dataclass(frozen=True, slots=True, kw_only=True)
class UntoldOutcomes:
    """See ``monitoring.outcomes.ports.OutcomePairs``."""

    predictions: Predictions

    def is_told(self) -> bool:
        return False

    def answered(self, question: Question, version: int, *, width: int, limit: int) -> Answered:  # noqa: ARG002  as the port has it
        return Answered(answers=np.empty((0, width)), outcomes=np.empty(0), instances=[], columns=frozenset())

    def join(self, question: Question) -> Joined:
        counted: Counter[tuple[datetime | None, int]] = Counter()
        wanted = WindowColumns(inputs={}, outputs={}, times=question.by is not None)
        for part in self.predictions.between(question.start, question.end, wanted):
            for begin, chosen in beginnings(part.seconds, len(part.versions), question.by):
                versions, rows = np.unique(part.versions[chosen], return_counts=True)
                for version, count in zip(versions.tolist(), rows.tolist(), strict=True):
                    counted[begin, version] += count
        places = sorted(counted, key=lambda place: (place[0] is not None, place[0], place[1]))
        counts = [
            PredictionCounts(
                version=version,
                period=period,
                predictions=counted[period, version],
                outcomes=0,
                late=0,
                pending=counted[period, version],
                overdue=0,
            )
            for period, version in places
        ]
        return Joined(told=ToldOutcomes(), counts=counts, pairs=[], dataset_version=None)
