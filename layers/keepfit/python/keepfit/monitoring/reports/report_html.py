"""A drift report as one self-contained HTML page, the worst column first."""

from __future__ import annotations

from datetime import datetime
from html import escape

from keepfit.monitoring.reports.report import ColumnDrift, MonitoringReport

_MAX_BINS = 24
_ROW, _BAR = 22, 8
_LABELS, _BARS = 150, 360

_STYLE = """
:root { color-scheme: light dark; --now: #c2410c; --then: #94a3b8; --ok: #15803d; --line: #8884; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.1rem; margin: 0; }
section { border-top: 1px solid var(--line); padding: 1rem 0; }
.grid { display: grid; grid-template-columns: repeat(auto-fit, minmax(30rem, 1fr)); gap: 0 2rem; }
.drifted { color: var(--now); } .fine { color: var(--ok); } .quiet { opacity: .7; }
svg { width: 100%; max-width: 36rem; height: auto; } svg text { font: 11px system-ui, sans-serif; fill: currentColor; }
.then { fill: var(--then); } .now { fill: var(--now); }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0 1rem; } dd { margin: 0; }
"""


def to_html(report: MonitoringReport) -> str:
    """Renders the page; bars are shares of rows, grey of the training data, coloured of the window."""
    drift = report.drift
    columns = drift.columns if drift else []
    skipped = drift.skipped if drift else {}
    facts = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in _facts(report))
    left_out = "".join(f"<li>{escape(name)}: {escape(reason)}</li>" for name, reason in skipped.items())
    return f"""<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Drift of {escape(report.model)}</title><style>{_STYLE}</style>
<h1>Drift of {escape(report.model)}</h1>
<p>{_verdict(report)}</p>
<dl>{facts}</dl>
<div class="grid">{"".join(_section(column, report.threshold) for column in columns)}</div>
{f"<section><h2>Not judged</h2><ul>{left_out}</ul></section>" if left_out else ""}
<section class="quiet">{escape(report.method)}</section>
</html>
"""


def _verdict(report: MonitoringReport) -> str:
    if report.drift is None or report.drift.worst is None:
        return f"Nothing was compared: {escape(report.nothing_compared or 'no column could be judged')}."
    drifted = report.drift.drifted
    if not drifted:
        return '<strong class="fine">No input has drifted.</strong>'
    names = ", ".join(escape(name) for name in drifted)
    return f'<strong class="drifted">{len(drifted)} drifted: {names}.</strong>'


def _facts(report: MonitoringReport) -> list[tuple[str, str]]:
    rows = ", ".join(f"{count:,} of version {version}" for version, count in report.rows_by_version.items())
    return [
        ("Window", " to ".join(_minute(instant) for instant in report.window) if report.window else "none"),
        ("Requests", rows or "none"),
        ("Reference", f"training data of version {report.champion}" if report.champion else "none"),
        ("Threshold", f"drift score {report.threshold:g}"),
        ("Ran at", _minute(report.ran_at)),
    ]


def _minute(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%M} UTC"


def _section(column: ColumnDrift, threshold: float) -> str:
    kind = "drifted" if column.drifted else "fine"
    note = " (ignored)" if column.ignored else ""
    return (
        f'<section><h2>{escape(column.column)}</h2><p><span class="{kind}">drift score {column.drift_score:.3f}</span>'
        f'<span class="quiet"> of {threshold:g}{note}, {column.rows:,} rows</span></p>{_chart(column)}</section>'
    )


def _chart(column: ColumnDrift) -> str:
    """Two bars per bin; of many bins those that changed most."""
    then, now = _shares(column.reference), _shares(column.current)
    bins = list(zip(column.labels, then, now, strict=True))
    shown = [one for one in bins if one[1] or one[2]]
    if len(shown) > _MAX_BINS:
        shown = sorted(shown, key=lambda one: -abs(one[1] - one[2]))[:_MAX_BINS]
    scale = _BARS / max([*then, *now, 1e-9])
    rows = "".join(
        f'<g transform="translate(0 {number * _ROW})"><text x="{_LABELS - 8}" y="14" text-anchor="end">'
        f"{escape(_short(label))}</text>{_bar('then', 2, share, scale)}{_bar('now', 2 + _BAR, current, scale)}</g>"
        for number, (label, share, current) in enumerate(shown)
    )
    width, height = _LABELS + _BARS + 40, _ROW * len(shown)
    return f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="{escape(column.column)}">{rows}</svg>'


def _bar(kind: str, top: int, share: float, scale: float) -> str:
    title = f"{'training data' if kind == 'then' else 'window'}: {share:.1%}"
    width = share * scale
    return (
        f'<rect class="{kind}" x="{_LABELS}" y="{top}" width="{width:.1f}" height="{_BAR}">'
        f"<title>{title}</title></rect>"
    )


def _shares(counts: list[int]) -> list[float]:
    total = sum(counts) or 1
    return [count / total for count in counts]


def _short(label: str) -> str:
    return label if len(label) <= 22 else label[:21] + "…"
