"""The record of a search, as values that can be read without scikit-learn."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

import msgspec

from keepfit.training.search.round_sizes import ALL_ROWS
from keepfit.training.search_definition import EngineName

Outcome = Literal["measured", "cut", "failed", "too slow"]


class Measurement(msgspec.Struct, frozen=True, kw_only=True):
    """The metric of a trial on validation rows, by fits to a ``share`` of the training rows.

    ``rows`` are those of the first fold's fit, ``round`` counts from 1, and ``seconds`` are of all fits.
    """

    share: float
    rows: int
    round: int
    value: float
    seconds: float


class SearchTrial(msgspec.Struct, frozen=True, kw_only=True):
    """A trial: what it changes of its candidate's parameters, and what it measured, least rows first.

    ``reason`` is why it was not measured on all rows.
    """

    number: int
    parameters: dict[str, Any]
    measurements: list[Measurement] = []
    outcome: Outcome = "measured"
    reason: str | None = None

    def value(self, share: float = ALL_ROWS) -> float | None:
        """The metric with this share of the rows; None where that was not measured."""
        return next((each.value for each in self.measurements if each.share == share), None)

    @property
    def is_over(self) -> bool:
        """Whether it failed, so that no more is measured of it."""
        return self.outcome in ("failed", "too slow")


class SearchRecord(msgspec.Struct, frozen=True, kw_only=True):
    """``trials.json``: one candidate's search.

    Trial 0 is the candidate as it is defined. ``best`` is a number of ``trials``, None where none was measured on all
    rows; 0 where no trial is surely better. ``certainty`` is the share of resamples in which the one ranked first
    is better than trial 0, and ``asked`` the share that it has to be, the more the more trials there were on all rows;
    None where that one is first. ``planned`` trials were to be made; with ``ended_by`` minutes, fewer were, or fewer
    were measured on all rows, and with workers, those of a round all ended before they had measured anything.
    """

    candidate: str
    engine: EngineName
    metric: str
    greater_is_better: bool
    planned: int
    seconds: float
    ended_by: Literal["trials", "minutes", "workers"]
    best: int | None
    certainty: float | None = None
    asked: float | None = None
    trials: list[SearchTrial]


class SearchSummary(msgspec.Struct, frozen=True, kw_only=True):
    """A search in a trial's report: ``best`` of so many ``trials``, and what ended it.

    ``default_value`` is the metric of the candidate as it is defined, ``value`` that of the best.
    """

    engine: EngineName
    trials: int
    planned: int
    failed: int
    best: int | None
    value: float | None
    default_value: float | None
    ended_by: Literal["trials", "minutes", "workers"]
    seconds: float


def summarize(record: SearchRecord) -> SearchSummary:
    """The search in short."""
    trials = {trial.number: trial for trial in record.trials}
    return SearchSummary(
        engine=record.engine,
        trials=len(trials),
        planned=record.planned,
        failed=sum(trial.is_over for trial in record.trials),
        best=record.best,
        value=None if record.best is None else trials[record.best].value(),
        default_value=trials[0].value() if 0 in trials else None,
        ended_by=record.ended_by,
        seconds=record.seconds,
    )


def ranked(
    trials: Iterable[SearchTrial], *, greater_is_better: bool, share: float = ALL_ROWS
) -> list[SearchTrial]:
    """The trials that were measured with a share of the rows, the best first; of equal ones the earlier."""
    values = [(trial, value) for trial in trials if (value := trial.value(share)) is not None]
    sign = -1 if greater_is_better else 1
    return [trial for trial, value in sorted(values, key=lambda each: (sign * each[1], each[0].number))]
