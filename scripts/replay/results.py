"""The results of the replay per month: values, a JSON document, a table."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import msgspec
from rich.console import RenderableType
from rich.table import Table

from cli.rendering.table_layout import Fitted
from cli.rendering.tables import facts
from keepfit.registry.gain import LaterGain

MONTHS = ["", "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthResult:
    """One month: requests and answers, drift, and retrainings.

    ``champion`` is the version that answered; ``auc`` its area under the ROC curve over the month's outcomes, and
    ``auc_frozen`` that of the first model over the same requests. ``retrained`` is what became of each training,
    ``released`` the versions that came of it, and ``asked_by`` who asked for it; ``suppressed`` are the reasons of the
    triggers that started none.
    """

    month: int
    requests: int
    failed_requests: int
    worst_drift: float
    worst_input: str | None
    drifted: list[str]
    alarm: bool
    retrained: list[str]
    released: list[int]
    asked_by: list[str]
    suppressed: list[str]
    champion: int
    auc: float
    auc_frozen: float
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DayResult:
    """A day on which rows were written as they became known, and requests had keys alone.

    ``equal`` of the ``requests`` got the answer of the whole instance, whose features the client had computed;
    ``differing`` are up to three of the others, as they were asked. ``p50_ms`` and ``p99_ms`` are latencies of requests
    with keys alone, one instance each, of which ``compared`` answers were 200. ``versions`` are the versions of the
    datasets that views hold afterwards, and ``materialize_seconds`` is what it took to keep windows for the day.
    """

    day: str
    rows_written: int
    requests: int
    compared: int
    equal: int
    differing: list[dict[str, Any]]
    p50_ms: float
    p99_ms: float
    write_p50_ms: float
    versions: dict[str, int | None]
    materialize_seconds: float
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class YearResult:
    """The whole replay; ``gains`` of retrained versions are measured on later outcomes."""

    seed: int
    months: list[MonthResult]
    gains: list[LaterGain]
    real_time: DayResult
    champions: list[dict[str, Any]]
    upload_to_release_seconds: float
    upload_to_release_rows: int
    seconds: float

    @property
    def mean_auc(self) -> float:
        return sum(m.auc for m in self.months) / len(self.months)

    @property
    def mean_auc_frozen(self) -> float:
        return sum(m.auc_frozen for m in self.months) / len(self.months)

    @property
    def retrainings(self) -> int:
        """The trainings that a drift alarm started."""
        return sum(m.asked_by.count("alarm") for m in self.months)

    def gained(self, month: MonthResult) -> str:
        """What the versions that were released at the end of a month gained, by outcomes of later ones."""
        found = [gain for gain in self.gains if gain.version in month.released]
        return ", ".join(
            f"{gain.gain:+.3f} ({gain.interval[0]:+.3f} to {gain.interval[1]:+.3f})" for gain in found
        )

    def document(self) -> dict[str, Any]:
        """The JSON document that ``--json`` prints."""
        return {
            **asdict(self),
            "gains": [msgspec.to_builtins(gain) for gain in self.gains],
            "mean_auc": self.mean_auc,
            "mean_auc_frozen": self.mean_auc_frozen,
            "retrainings_by_alarm": self.retrainings,
        }


def table(year: YearResult) -> Fitted:
    """The year as a table for a terminal."""
    requests = sum(month.requests for month in year.months)
    title = f"2013, month by month, {requests:,} requests"
    shown = Table(title=title, title_justify="left", footer_style="bold", show_footer=True)
    for name, justify, footer in (
        ("month", "left", "mean"),
        ("worst drift", "right", ""),
        ("drifted inputs", "left", ""),
        ("alarm", "left", ""),
        ("retrained", "left", f"{year.retrainings} times"),
        ("gain, measured later", "left", ""),
        ("champion", "right", ""),
        ("AUC", "right", f"{year.mean_auc:.4f}"),
        ("AUC of the first model", "right", f"{year.mean_auc_frozen:.4f}"),
    ):
        shown.add_column(name, justify=justify, footer=footer)  # type: ignore[arg-type]
    for m in year.months:
        worst = f"{m.worst_drift:.2f} {m.worst_input or ''}".strip()
        drifted = ", ".join(m.drifted[:3]) + (f" +{len(m.drifted) - 3}" if len(m.drifted) > 3 else "")
        alarm = "[red]ALARM[/]" if m.alarm else "ok"
        shown.add_row(
            MONTHS[m.month], worst, drifted, alarm, ", ".join(m.retrained) or "-",
            year.gained(m) or "-", f"v{m.champion}", f"{m.auc:.4f}", f"{m.auc_frozen:.4f}",
        )  # fmt: skip
    return Fitted(shown)


def day_table(day: DayResult) -> RenderableType:
    """The day in real time as facts for a terminal."""
    pairs = [
        ("rows written as they became known", day.rows_written),
        ("a write, p50", f"{day.write_p50_ms:g} ms"),
        ("requests with keys alone", day.requests),
        ("equal to whole instances", f"{day.equal} of {day.compared}"),
        ("a request with keys alone, p50 and p99", f"{day.p50_ms:g} and {day.p99_ms:g} ms"),
        ("versions that the views hold", ", ".join(f"{name} {n}" for name, n in day.versions.items())),
        ("keeping windows for the day", f"{day.materialize_seconds:g} s"),
    ]
    return facts(f"{day.day} in real time", pairs)
