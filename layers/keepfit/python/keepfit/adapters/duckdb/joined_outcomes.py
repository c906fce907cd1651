"""The result of a join of predictions with outcomes, read from the tables ``told`` and ``asked``."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC
from typing import Any, Final

import numpy as np

from keepfit.monitoring.outcomes.counts import MAX_UNKNOWN_IDS, PredictionCounts, ToldOutcomes
from keepfit.monitoring.outcomes.pairs import Joined, Pairs

MISSING: Final = "counts AND NOT matched AND NOT elsewhere"
"""Of outcomes: those that count, whose predictions were not seen."""
_NUMBERS: Final = PredictionCounts.__struct_fields__[2:]


def read_joined(connection: Any, *, by_id: bool, dataset_version: int | None) -> Joined:
    """What was found, where outcomes name predictions ``by_id``, or fields of requests."""
    connection.execute(
        "CREATE TEMP TABLE counted AS SELECT row_number() OVER (ORDER BY period, version) - 1 AS place, * FROM ("
        "SELECT version, period, count(*) AS predictions, count(outcome) AS outcomes, "
        "count(*) FILTER (late) AS late, count(*) FILTER (outcome IS NULL AND NOT overdue) AS pending, "
        "count(*) FILTER (overdue) AS overdue, "
        "count(*) FILTER (outcome IS NOT NULL AND coalesce(len(answer), 0) = 0) AS unanswered "
        "FROM asked GROUP BY version, period)"
    )
    return Joined(
        told=_told(connection, by_id=by_id),
        counts=_counts(connection),
        pairs=list(_pairs(connection)),
        dataset_version=dataset_version,
    )


def _told(connection: Any, *, by_id: bool) -> ToldOutcomes:
    counted = connection.execute(
        "SELECT count(*), count(*) FILTER (counts AND matched), "  # noqa: S608
        f"count(*) FILTER (counts AND NOT matched AND elsewhere), count(*) FILTER ({MISSING}), "
        "count(*) FILTER (NOT counts AND again), count(*) FILTER (NOT counts AND NOT again) FROM told"
    )
    rows, matched, elsewhere, missing, duplicates, corrected = counted.fetchone()
    query = f"SELECT key_0 FROM told WHERE {MISSING} ORDER BY key_0 LIMIT {MAX_UNKNOWN_IDS}"  # noqa: S608
    ids = connection.execute(query).fetchall() if by_id else []
    return ToldOutcomes(
        rows=rows,
        matched=matched,
        elsewhere=elsewhere,
        unknown=missing if by_id else 0,
        unasked=0 if by_id else missing,
        duplicates=duplicates,
        corrected=corrected,
        unknown_ids=[name for (name,) in ids],
    )


def _counts(connection: Any) -> list[PredictionCounts]:
    columns = ", ".join(PredictionCounts.__struct_fields__)
    rows = connection.execute(f"SELECT {columns} FROM counted ORDER BY place").fetchall()  # noqa: S608
    return [
        PredictionCounts(
            version=version,
            period=period and period.replace(tzinfo=UTC),
            **dict(zip(_NUMBERS, numbers, strict=True)),
        )
        for version, period, *numbers in rows
    ]


def _pairs(connection: Any) -> Iterator[Pairs]:
    answered = "FROM asked WHERE outcome IS NOT NULL AND len(answer) > 0"
    kinds = connection.execute(f"SELECT DISTINCT version, len(answer) {answered} ORDER BY ALL").fetchall()
    for version, width in kinds:
        of_version = f"{answered} AND version = {version} AND len(answer) = {width}"
        pairs = connection.execute(
            f"SELECT outcome, place FROM (SELECT * {of_version}) AS pairs JOIN counted "  # noqa: S608
            "ON pairs.version = counted.version AND pairs.period IS NOT DISTINCT FROM counted.period ORDER BY id"
        ).fetchnumpy()
        answers = connection.execute(
            f"SELECT unnest(answer) AS answer FROM (SELECT answer {of_version} ORDER BY id)"  # noqa: S608
        ).fetchnumpy()
        yield Pairs(
            version=version,
            answers=np.asarray(answers["answer"], dtype=np.float64).reshape(-1, width),
            outcomes=np.asarray(pairs["outcome"]),
            periods=np.asarray(pairs["place"], dtype=np.int64),
        )
