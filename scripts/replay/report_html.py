"""The year as one HTML page with plots."""

from __future__ import annotations

from html import escape

from cli.page import page
from replay.results import MONTHS, MonthResult, YearResult

_WIDTH, _HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM = 860, 260, 56, 150, 18, 34

_STYLE = """
:root { --kept: #0b7a75; --frozen: #b4532a; --alarm: #c02a3c; }
@media (prefers-color-scheme: dark) { :root { --kept: #3fc1b8; --frozen: #e8915f; --alarm: #ff6b7d; } }
p { color: var(--soft); }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; }
.alarm { color: var(--alarm); font-weight: 600; }
"""


def year_page(year: YearResult, threshold: float) -> str:
    """The whole page; ``threshold`` is the drift score at which the alarm sounds."""
    gain = year.mean_auc - year.mean_auc_frozen
    body = f"""<h1>A year of flights, kept fit</h1>
<p>{sum(m.requests for m in year.months):,} predictions, {year.retrainings} retrainings started by drift alarms.
Mean monthly AUC {year.mean_auc:.4f}, against {year.mean_auc_frozen:.4f} of the first model left as it was
({gain:+.4f}).</p>
<h2>ROC AUC by month</h2>
<p>Area under the ROC curve of each month's answers, once the outcomes were known.</p>
{_auc_plot(year.months)}
<h2>Worst drift by month</h2>
<p>Worst population stability index of an input, less what chance gives; the alarm sounds from {threshold:g} on.
Dots mark a retraining.</p>
{_drift_plot(year.months, threshold)}
<h2>Month by month</h2>{_table(year.months)}"""
    return page("keepfit: a year of flights", style=_STYLE, body=body)


def _auc_plot(months: list[MonthResult]) -> str:
    values = [v for m in months for v in (m.auc, m.auc_frozen)]
    low, high = min(values) - 0.01, max(values) + 0.01
    kept = [_y(m.auc, low, high) for m in months]
    frozen = [_y(m.auc_frozen, low, high) for m in months]
    labels = _spread(kept[-1], frozen[-1])
    return _frame(
        months, low, high, 3,
        _line(kept, "--kept") + _line(frozen, "--frozen")
        + _label(labels[0], "kept fit", "--kept") + _label(labels[1], "first model", "--frozen"),
    )  # fmt: skip


def _drift_plot(months: list[MonthResult], threshold: float) -> str:
    high = max([threshold, *(m.worst_drift for m in months)]) * 1.1
    drift = [_y(m.worst_drift, 0.0, high) for m in months]
    limit = _y(threshold, 0.0, high)
    dots = "".join(
        f'<circle cx="{_x(i, len(months)):.1f}" cy="{y:.1f}" r="5" fill="var(--alarm)">'
        f"<title>{escape(', '.join(m.retrained))}</title></circle>"
        for i, (m, y) in enumerate(zip(months, drift, strict=True))
        if m.retrained
    )
    rule = _rule(limit, "--alarm") + _label(limit, "alarm", "--alarm")
    return _frame(months, 0.0, high, 2, rule + _line(drift, "--kept") + dots)


def _frame(months: list[MonthResult], low: float, high: float, digits: int, inside: str) -> str:
    ticks = [low + (high - low) * i / 4 for i in range(5)]
    grid = "".join(
        _rule(_y(t, low, high), "--line", dashes="none")
        + f'<text x="{_LEFT - 8}" y="{_y(t, low, high) + 4:.1f}" text-anchor="end">{t:.{digits}f}</text>'
        for t in ticks
    )
    names = "".join(
        f'<text x="{_x(i, len(months)):.1f}" y="{_HEIGHT - 12}" text-anchor="middle">{MONTHS[m.month]}</text>'
        for i, m in enumerate(months)
    )
    return f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img">{grid}{names}{inside}</svg>'


def _rule(y: float, color: str, dashes: str = "5 4") -> str:
    ends = f'x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"'
    return f'<line {ends} stroke="var({color})" stroke-dasharray="{dashes}"/>'


def _line(ys: list[float], color: str) -> str:
    points = " ".join(f"{_x(i, len(ys)):.1f},{y:.1f}" for i, y in enumerate(ys))
    return f'<polyline points="{points}" fill="none" stroke="var({color})" stroke-width="2.5"/>'


def _label(y: float, text: str, color: str) -> str:
    return f'<text x="{_WIDTH - _RIGHT + 10}" y="{y + 4:.1f}" style="fill:var({color})">{escape(text)}</text>'


def _spread(a: float, b: float, apart: float = 16.0) -> tuple[float, float]:
    """The two heights, moved apart where their labels would overlap."""
    if abs(a - b) >= apart:
        return a, b
    middle, up = (a + b) / 2, -1 if a <= b else 1
    return middle + up * apart / 2, middle - up * apart / 2


def _x(index: int, count: int) -> float:
    width = _WIDTH - _LEFT - _RIGHT
    return _LEFT + width * (index + 0.5) / count


def _y(value: float, low: float, high: float) -> float:
    return _TOP + (_HEIGHT - _TOP - _BOTTOM) * (1 - (value - low) / (high - low))


def _table(months: list[MonthResult]) -> str:
    head = "".join(
        _cell("th", name, numeric=numeric)
        for name, numeric in (
            ("month", False), ("requests", True), ("worst drift", True), ("drifted inputs", False), ("alarm", False),
            ("retrained", False), ("champion", True), ("AUC", True), ("first model", True),
        )
    )  # fmt: skip
    return f"<table><tr>{head}</tr>{''.join(_row(m) for m in months)}</table>"


def _row(m: MonthResult) -> str:
    alarm = '<span class="alarm">ALARM</span>' if m.alarm else "ok"
    cells = [
        _cell("td", MONTHS[m.month]),
        _cell("td", f"{m.requests:,}", numeric=True),
        _cell("td", f"{m.worst_drift:.2f}", numeric=True),
        _cell("td", escape(", ".join(m.drifted)) or "-"),
        _cell("td", alarm),
        _cell("td", escape(", ".join(m.retrained)) or "-"),
        _cell("td", f"v{m.champion}", numeric=True),
        _cell("td", f"{m.auc:.4f}", numeric=True),
        _cell("td", f"{m.auc_frozen:.4f}", numeric=True),
    ]
    return f"<tr>{''.join(cells)}</tr>"


def _cell(tag: str, inside: str, *, numeric: bool = False) -> str:
    return f'<{tag} class="n">{inside}</{tag}>' if numeric else f"<{tag}>{inside}</{tag}>"
