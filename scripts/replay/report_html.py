"""The year as one HTML page with plots."""

from __future__ import annotations

from keepfit.pages.markup import Html, element
from keepfit.pages.page import figure, page, section, table, verdict
from keepfit.pages.plots.lines import Limit, Line, over_steps
from replay.results import MONTHS, DayResult, MonthResult, YearResult

_AUC_MARGIN = 0.01
_NUMERIC = ("requests", "worst drift", "champion", "AUC", "first model")


def year_page(year: YearResult, threshold: float) -> str:
    """The whole page; ``threshold`` is the drift score at which the alarm starts."""
    requests, gain = sum(m.requests for m in year.months), year.mean_auc - year.mean_auc_frozen
    summary = (
        f"{requests:,} predictions, {year.retrainings} retrainings started by drift alarms. Mean monthly AUC "
        f"{year.mean_auc:.4f}, against {year.mean_auc_frozen:.4f} of the first model left as it was ({gain:+.4f})."
    )
    drift = (
        "Worst population stability index of an input, less what chance gives; the alarm sounds from "
        f"{threshold:g} on. Dots mark a retraining."
    )
    return page(
        "keepfit: a year of flights",
        element("h1", "A year of flights, kept fit"),
        element("p", summary),
        figure(
            "ROC AUC by month",
            _auc_plot(year.months),
            element("p", "Of each month's answers, once the outcomes were known.", class_="soft"),
        ),
        figure(
            "Worst drift by month", _drift_plot(year.months, threshold), element("p", drift, class_="soft")
        ),
        section("Month by month", _table(year)),
        section("A day in real time", element("p", _day(year.real_time))),
    )


def _day(day: DayResult) -> str:
    return (
        f"On {day.day} {day.rows_written:,} flights and observations were written as they became known, and clients "
        f"asked with keys alone: {day.equal:,} of {day.compared:,} answers were those to whole instances, whose "
        f"features the client had computed. Half of the requests took up to {day.p50_ms:g} ms, 99 % of them up to "
        f"{day.p99_ms:g} ms."
    )


def _auc_plot(months: list[MonthResult]) -> Html:
    values = [value for m in months for value in (m.auc, m.auc_frozen)]
    return over_steps(
        _names(months),
        [
            Line(name="kept fit", kind="c0", values=[m.auc for m in months]),
            Line(name="first model", kind="c1", values=[m.auc_frozen for m in months]),
        ],
        across="month",
        of="ROC AUC",
        span=(min(values) - _AUC_MARGIN, max(values) + _AUC_MARGIN),
        digits=3,
    )


def _drift_plot(months: list[MonthResult], threshold: float) -> Html:
    retrained = {place: ", ".join(m.retrained) for place, m in enumerate(months) if m.retrained}
    drift = [m.worst_drift for m in months]
    return over_steps(
        _names(months),
        [Line(name="worst drift", kind="c0", values=drift, notes=retrained)],
        across="month",
        of="population stability index",
        span=(0.0, 1.1 * max(threshold, *drift)),
        limit=Limit(name="alarm", value=threshold),
    )


def _names(months: list[MonthResult]) -> list[str]:
    return [MONTHS[m.month] for m in months]


def _table(year: YearResult) -> Html:
    columns = (
        "month", "requests", "worst drift", "drifted inputs", "alarm", "retrained", "gain, measured later", "champion",
        "AUC", "first model",
    )  # fmt: skip
    return table(columns, (_row(m, year.gained(m)) for m in year.months), numeric=_NUMERIC)


def _row(m: MonthResult, gained: str) -> list[str]:
    return [
        MONTHS[m.month],
        f"{m.requests:,}",
        f"{m.worst_drift:.2f}",
        ", ".join(m.drifted) or "-",
        verdict("ALARM", good=False) if m.alarm else "ok",
        ", ".join(m.retrained) or "-",
        gained or "-",
        f"v{m.champion}",
        f"{m.auc:.4f}",
        f"{m.auc_frozen:.4f}",
    ]
