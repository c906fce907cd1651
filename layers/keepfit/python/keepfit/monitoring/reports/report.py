"""The monitoring report: a self-explanatory JSON document per run of the monitor."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from keepfit.instants import to_iso
from keepfit.layout import ModelScope
from keepfit.monitoring.estimation.estimate import EstimatedPerformance

Occasion = Literal["watch", "rebaseline", "asked"]

# 1: a column's value was called psi, and there was no other statistic.
SCHEMA = 2

METHOD = (
    "A column has drifted where drift_score >= threshold. Inputs count over the requests of all versions, what is "
    "predicted over the champion's own."
)


class Collected(msgspec.Struct, frozen=True, kw_only=True):
    """What one run collected; ``reasons`` are the first few of the ``broken`` parts."""

    objects: int = 0
    rows: int = 0
    duplicates: int = 0
    broken: int = 0
    reasons: list[str] = []


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """What one ``statistic`` says of a column.

    ``expected`` is its value by chance alone, if rows do not depend on each other, and ``threshold`` that from which
    the column has drifted; None where the statistic is looked at and decides nothing.
    """

    statistic: str
    value: float
    expected: float
    threshold: float | None = None


class ColumnDrift(msgspec.Struct, frozen=True, kw_only=True):
    """One input, or one column of what was predicted, of a window against the reference.

    ``value`` is what the ``statistic`` says, of several the one that decided, and ``threshold`` its value from which
    the column has drifted; ``drift_score`` is what the report's threshold is for. An ``ignored`` column never counts as
    drifted. ``labels``, ``reference`` and ``current`` are for people: the counts bin by bin. ``measured`` has every
    statistic that was looked at. ``told_by`` is of all inputs together: columns, and pairs of them, with the share that
    each has in what tells rows of the window from those of the reference.
    """

    column: str
    statistic: str = "psi"
    value: float
    threshold: float | None = None
    drift_score: float
    drifted: bool
    ignored: bool
    rows: int
    labels: list[str]
    reference: list[int]
    current: list[int]
    measured: list[Measured] = []
    told_by: dict[str, float] = {}


class SegmentDrift(msgspec.Struct, frozen=True, kw_only=True):
    """The column of a segment that drifted farthest.

    ``value`` is the statistic less its expectation without drift, and ``drift_score`` that, drawn to the mean of all
    segments by how unsure the segment's rows leave it. ``p_value`` is the chance of as much anywhere without drift.
    """

    segment: str
    column: str
    rows: int
    value: float
    drift_score: float
    p_value: float


class SegmentsDrift(msgspec.Struct, frozen=True, kw_only=True):
    """The drift of segments by the column ``by``, the worst first.

    ``compared`` segments had rows enough, ``too_few`` had not. ``segments`` holds all that ``drifted``, and some more.
    """

    by: str
    compared: int
    too_few: int
    drifted: list[str]
    segments: list[SegmentDrift]


class DriftReport(msgspec.Struct, frozen=True, kw_only=True):
    """The drift of every column of a window, and the columns not judged with the reason.

    ``columns`` begins with the worst; the ignored ones come last. ``decision`` says why the ``threshold`` is what it
    is. ``segments`` is None for a model without any.
    """

    rows: int
    reference_rows: int
    threshold: float
    decision: str = ""
    columns: list[ColumnDrift]
    skipped: dict[str, str]
    segments: SegmentsDrift | None = None

    @property
    def worst(self) -> ColumnDrift | None:
        """The column with the highest score; None where no column was judged."""
        return next((column for column in self.columns if not column.ignored), None)

    @property
    def drifted(self) -> list[str]:
        """The drifted columns, the worst first."""
        return [column.column for column in self.columns if column.drifted]


def with_column(drift: DriftReport, name: str, found: ColumnDrift | str) -> DriftReport:
    """The report with one more column at its place, or with the reason why it was not judged."""
    if isinstance(found, str):
        return msgspec.structs.replace(drift, skipped={**drift.skipped, name: found})
    columns = sorted([*drift.columns, found], key=lambda each: (each.ignored, -each.drift_score, each.column))
    return msgspec.structs.replace(drift, columns=columns)


class MonitoringReport(msgspec.Struct, frozen=True, kw_only=True):
    """The report of one run of the monitor.

    ``window`` is in event time, both ends included; ``champion`` is the model version whose training data is the
    reference. Where nothing could be compared, ``nothing_compared`` says why and ``drift`` may be None. ``estimated``
    is how well the champion does, as far as its own answers tell. ``decay_alarms`` are the alarms on decay that stood
    before this run, by name, each since when; None in reports of before these had them.
    """

    model: str
    ran_at: datetime
    occasion: Occasion
    window: tuple[datetime, datetime] | None
    threshold: float
    minimum_rows: int
    alarm: str
    alarm_standing_since: datetime | None
    decay_alarms: dict[str, datetime] | None = None
    collected: Collected
    champion: int | None = None
    rows_by_version: dict[int, int] = {}
    drift: DriftReport | None = None
    estimated: EstimatedPerformance | None = None
    nothing_compared: str | None = None
    method: str = METHOD
    schema: int = SCHEMA


def report_key(report: MonitoringReport) -> str:
    """The key of a report; a model's reports sort by their window."""
    start, end = (to_iso(instant) for instant in report.window) if report.window else ("none", "none")
    return f"{ModelScope(report.model).reports}{start}_{end}_{to_iso(report.ran_at)}.json"


def read_report(body: bytes) -> MonitoringReport:
    """Reads a stored report, also of older schemas.

    Raises:
        msgspec.ValidationError: ``body`` is no report.
    """
    report = msgspec.json.decode(body)
    if report.get("schema", 1) == 1:
        for column in (report.get("drift") or {}).get("columns", ()):
            column["value"] = column.pop("psi")
    return msgspec.convert(report, MonitoringReport, str_keys=True)
