"""Finds the column of the event time, and those of what happened later."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import numpy as np

from keepfit.definitions.drafting import column_names
from keepfit.definitions.drafting.sample import Sample
from keepfit.definitions.drafting.table import Column, Table
from keepfit.definitions.drafting.uninformative import LeftOut
from keepfit.errors import RefusedDraft

_MIN_INSTANTS = 24
_MAX_MISSING = 0.01
_LEEWAY = timedelta(days=1)
_BEFORE_THE_ROW = frozenset(
    {"since", "hired", "hire", "opened", "registered", "registration", "built", "founded", "first", "joined"}
    | {"start"}
)
_AFTER_THE_ROW = frozenset(
    {"due", "deadline", "until", "end", "ended", "last", "closed", "expires", "expiry", "expiration"}
    | {
        "resolved",
        "completed",
        "finished",
        "delivered",
        "shipped",
        "returned",
        "return",
        "dropoff",
        "arrival",
    }
)
_OF_THE_ROW = frozenset(
    {"date", "time", "timestamp", "datetime", "at", "created", "day", "when", "event", "order"}
)
_MIN_LATER = 0.99


def event_time_of(
    table: Table, sample: Sample, wanted: str | None, *, at: datetime
) -> tuple[Column | None, str]:
    """The column that says when a row happened and why; None where there is none.

    Args:
        table: all columns.
        sample: rows to compare times in.
        wanted: the column that a person named; None to decide.
        at: when this is decided: a row of the past happened before.

    Raises:
        RefusedDraft: the column that was named holds no times, or not in every row.
    """
    if wanted:
        return _wanted(table, wanted), "as you asked"
    fit = [column for column in _times(table) if _may_be(column, at)]
    if not fit:
        return None, "no column says when a row happened"
    best = min(
        fit, key=lambda column: (_unlikely(column), np.nanmedian(sample.values[column.name]), column.place)
    )
    return best, f"{best.distinct:,} different times from {_day(best.least)} to {_day(best.most)}"


def later_times(table: Table, sample: Sample, event_time: str, names: Sequence[str]) -> Iterator[LeftOut]:
    """Times later than the event in nearly all rows: not known at prediction time."""
    happened = sample.values[event_time]
    for column in _times(table):
        if column.name == event_time or column.name not in names:
            continue
        both = ~np.isnan(happened) & ~np.isnan(sample.values[column.name])
        ahead = sample.values[column.name][both] - happened[both]
        if both.any() and (ahead >= 0).mean() >= _MIN_LATER and (ahead > 0).mean() > 0.5:
            share = f"{(ahead > 0).mean():.0%}"
            yield (
                column.name,
                f"is later than {event_time} in {share} of rows: not known yet when somebody asks",
            )


def _times(table: Table) -> Iterator[Column]:
    return (
        column for column in table.columns.values() if column.field.type == "timestamp" and column.present
    )


def _wanted(table: Table, wanted: str) -> Column:
    column = table.columns[wanted]
    if column.field.type != "timestamp":
        raise RefusedDraft(
            f"{wanted} holds no times that are understood, such as {column.common[0][0][:40]!r}; name another --time, "
            "or write them as 2026-01-31 or 2026-01-31T09:30:00Z"
        )
    missing = column.rows - column.present
    if missing > _MAX_MISSING * column.rows:
        raise RefusedDraft(
            f"{wanted} is empty in {missing:,} of {column.rows:,} rows, and a row without its time can be put nowhere; "
            "fill it in, or leave --time out"
        )
    return column


def _may_be(column: Column, at: datetime) -> bool:
    return (
        column.distinct >= _MIN_INSTANTS
        and column.rows - column.present <= _MAX_MISSING * column.rows
        and not column_names.is_birth(column.name)
        and (column.most or 0) <= (at + _LEEWAY).timestamp()
    )


def _unlikely(column: Column) -> int:
    words = set(column_names.parts(column.name))
    if words & _AFTER_THE_ROW:
        return 3
    if words & _BEFORE_THE_ROW:
        return 2
    return 0 if words & _OF_THE_ROW else 1


def _day(seconds: float | None) -> str:
    return str(np.datetime64(int(seconds or 0), "s").astype("datetime64[D]"))
