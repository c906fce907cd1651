"""The ports of outcomes in memory: one loop over predictions and one over outcomes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import numpy as np

from keepfit.monitoring.outcomes.counts import MAX_UNKNOWN_IDS, Period, PredictionCounts, ToldOutcomes
from keepfit.monitoring.outcomes.pairs import Answered, Joined, Pairs, Question
from keepfit.monitoring.prediction_log.parse import Prediction

Row = Mapping[str, Any]


@dataclass(slots=True, kw_only=True)
class MemoryOutcomePairs:
    """See ``monitoring.outcomes.ports.OutcomePairs``.

    Args:
        rows: outcomes in the order of their uploads, each with its keys, and what ``outcome`` and ``known_at`` name.
        join_on: the keys; None for prediction ids.
        predictions: of the model.
    """

    join_on: Sequence[str] | None = None
    outcome: str = "outcome"
    known_at: str = "known_at"
    rows: list[Row] = field(default_factory=list)
    predictions: list[Prediction] = field(default_factory=list)

    def is_told(self) -> bool:
        return bool(self.rows)

    def join(self, question: Question) -> Joined:
        told = self._told(question.as_of)
        once = {prediction.prediction_id: prediction for prediction in reversed(self.predictions)}
        within = [each for each in once.values() if question.start <= each.event_time <= question.end]
        groups: dict[tuple[datetime | None, int], list[tuple[Prediction, Row | None]]] = defaultdict(list)
        for each in sorted(within, key=lambda prediction: prediction.prediction_id):
            found = told.get(self._key_of(each), [None])[-1]
            groups[_period(each.event_time, question.by), each.version].append((each, found))
        places = sorted(groups, key=lambda group: (group[0] is not None, group[0], group[1]))
        return Joined(
            told=self._counted(
                told, {self._key_of(each) for each in within}, set(once) if question.everywhere else set()
            ),
            counts=[self._counts(place, groups[place], question) for place in places],
            pairs=list(self._pairs([groups[place] for place in places])),
            dataset_version=1 if self.rows else None,
        )

    def answered(self, question: Question, version: int, *, width: int, limit: int) -> Answered:
        told = self._told(question.as_of)
        once = {prediction.prediction_id: prediction for prediction in reversed(self.predictions)}
        found = [
            (each, told[self._key_of(each)][-1])
            for _, each in sorted(once.items())
            if question.start <= each.event_time <= question.end
            and (each.version, len(each.answer)) == (version, width)
            and self._key_of(each) in told
        ][:limit]
        return Answered(
            answers=np.array([each.answer for each, _ in found], dtype=np.float64).reshape(-1, width),
            outcomes=np.array([row[self.outcome] for _, row in found]),
            instances=[dict(each.inputs) for each, _ in found],
            columns=frozenset(name for each in self.predictions for name in each.inputs),
        )

    def held(self, ids: Iterable[str], start: datetime, end: datetime) -> set[str]:
        """See ``monitoring.outcomes.ports.PredictionIndex``."""
        kept = {each.prediction_id for each in self.predictions if start <= each.event_time <= end}
        return kept & set(ids)

    def _told(self, as_of: datetime) -> dict[tuple[Any, ...], list[Row]]:
        """The outcomes of each key that were known, the one that counts last."""
        known = [row for row in self.rows if row[self.known_at] <= as_of and row[self.outcome] is not None]
        found: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
        for row in sorted(known, key=lambda row: row[self.known_at]):
            found[tuple(row[name] for name in self.join_on or ["prediction_id"])].append(row)
        return found

    def _key_of(self, prediction: Prediction) -> tuple[Any, ...]:
        if self.join_on is None:
            return (prediction.prediction_id,)
        return tuple(prediction.inputs.get(name) for name in self.join_on)

    def _counted(
        self, told: Mapping[tuple[Any, ...], list[Row]], asked: set[tuple[Any, ...]], kept: set[str]
    ) -> ToldOutcomes:
        missing = [key for key in told if key not in asked]
        by_id = self.join_on is None
        unknown = sorted(key[0] for key in missing if key[0] not in kept) if by_id else []
        followed = [
            (row[self.outcome], after[self.outcome])
            for rows in told.values()
            for row, after in pairwise(rows)
        ]
        return ToldOutcomes(
            rows=sum(len(rows) for rows in told.values()),
            matched=len(told) - len(missing),
            elsewhere=len(missing) - len(unknown) if by_id else 0,
            unknown=len(unknown),
            unasked=0 if by_id else len(missing),
            duplicates=sum(before == after for before, after in followed),
            corrected=sum(before != after for before, after in followed),
            unknown_ids=unknown[:MAX_UNKNOWN_IDS],
        )

    def _counts(
        self,
        place: tuple[datetime | None, int],
        found: Sequence[tuple[Prediction, Row | None]],
        question: Question,
    ) -> PredictionCounts:
        within = question.expected_within
        late = [
            row for each, row in found if row and within and row[self.known_at] > each.event_time + within
        ]
        overdue = [
            each for each, row in found if not row and within and each.event_time + within < question.as_of
        ]
        outcomes = [(each, row) for each, row in found if row]
        return PredictionCounts(
            version=place[1],
            period=place[0],
            predictions=len(found),
            outcomes=len(outcomes),
            late=len(late),
            pending=len(found) - len(outcomes) - len(overdue),
            overdue=len(overdue),
            unanswered=sum(not each.answer for each, _ in outcomes),
        )

    def _pairs(self, groups: Sequence[Sequence[tuple[Prediction, Row | None]]]) -> Iterable[Pairs]:
        of_version: dict[tuple[int, int], list[tuple[str, list[float], Any, int]]] = defaultdict(list)
        for place, group in enumerate(groups):
            for each, row in group:
                if row and each.answer:
                    pair = (each.prediction_id, each.answer, row[self.outcome], place)
                    of_version[each.version, len(each.answer)].append(pair)
        for (version, _), pairs in sorted(of_version.items()):
            _, answers, outcomes, places = zip(*sorted(pairs, key=lambda pair: pair[0]), strict=True)
            yield Pairs(
                version=version,
                answers=np.array(answers, dtype=np.float64),
                outcomes=np.array(outcomes),
                periods=np.array(places, dtype=np.int64),
            )


def _period(at: datetime, by: Period | None) -> datetime | None:
    if by is None:
        return None
    hour = at.replace(minute=0, second=0, microsecond=0)
    if by == "hour":
        return hour
    day = hour.replace(hour=0)
    return day if by == "day" else day - timedelta(days=day.weekday())
