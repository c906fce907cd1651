"""A training run as one HTML page: what was asked, who was tried, why it ended so."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from html import escape
from typing import Any

from cli.page import page
from cli.plots import Mark, Series, intervals, square
from cli.tables import cell, span
from keepfit.evaluation.measured import Curves
from keepfit.training.judging.judgement import CandidateEvaluation, ChampionEvaluation, Judgement
from keepfit.views.runs import RunDetail

_COLOURS = 6

_STYLE = """
:root {
  --good: #15803d;
  --c0: #0b7a75; --c1: #b4532a; --c2: #4757b8; --c3: #8a5a9e; --c4: #7a7a1f; --c5: #1f6f9e;
}
@media (prefers-color-scheme: dark) {
  :root {
    --good: #4ade80;
    --c0: #3fc1b8; --c1: #e8915f; --c2: #93a0ff; --c3: #c99be0; --c4: #cdcd5c; --c5: #6cc0f0;
  }
}
.soft { color: var(--soft); }
.won { color: var(--good); font-weight: 600; }
.plots { display: flex; flex-wrap: wrap; gap: 1.5rem; }
.plots figure { margin: 0; flex: 1 1 300px; }
.plots h2 { margin-top: .5rem; }
td, dd { overflow-wrap: break-word; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0 1rem; }
dd { margin: 0; min-width: 0; }
svg line, svg .line { stroke: var(--own); stroke-width: 2; }
svg circle { fill: var(--own); }
svg .diagonal { stroke: var(--line); stroke-width: 1.5; stroke-dasharray: 5 4; }
.key { color: var(--own); font-weight: 600; margin-right: 1rem; white-space: nowrap; }
.champion { --own: var(--soft); }
.c0 { --own: var(--c0); } .c1 { --own: var(--c1); } .c2 { --own: var(--c2); }
.c3 { --own: var(--c3); } .c4 { --own: var(--c4); } .c5 { --own: var(--c5); }
"""

Facts = Sequence[tuple[str, Any]]


def run_page(found: RunDetail, facts: Facts) -> str:
    """The page; ``facts`` are the run itself in a few words."""
    run, judgement = found.run, found.judged()
    parts = (
        _list(facts),
        _judged(judgement) if judgement else "<p>Nothing was judged.</p>",
        _candidates(found.candidates),
        _section("Training set", _list(tuple((found.training_set or {}).items()))),
        _moves(found.moves),
    )
    body = f"""<h1>{escape(run.model)}: {escape(run.outcome or "under way")}</h1>
<p class="soft">Run {escape(run.run_id)}</p>
{"".join(parts)}"""
    return page(f"{run.model}: run {run.run_id}", style=_STYLE, body=body)


def _judged(judgement: Judgement) -> str:
    """Everyone who answered the holdout, side by side."""
    everyone = _everyone(judgement)
    marks = [
        Mark(name=name, kind=kind, value=one.metric, interval=one.interval)
        for name, kind, one in everyone
        if one.metric is not None and one.interval is not None
    ]
    plot = intervals(marks, of=judgement.metric) if marks else ""
    why = f"<p>{escape(judgement.reason)}</p>{plot}{_verdicts(judgement)}"
    curves = [(name, kind, one.curves) for name, kind, one in everyone if one.curves is not None]
    return _section(f"Judged on {judgement.rows:,} rows", why) + _curves(curves)


def _everyone(judgement: Judgement) -> list[tuple[str, str, CandidateEvaluation | ChampionEvaluation]]:
    """Name, colour and figures of each candidate, and of the champion."""
    everyone: list[tuple[str, str, CandidateEvaluation | ChampionEvaluation]] = [
        (verdict.candidate, f"c{number % _COLOURS}", verdict)
        for number, verdict in enumerate(judgement.verdicts)
    ]
    if judgement.champion:
        everyone.append((f"champion, version {judgement.champion.version}", "champion", judgement.champion))
    return everyone


def _curves(curves: list[tuple[str, str, Curves]]) -> str:
    if not curves:
        return ""
    keys = "".join(f'<span class="key {kind}">{escape(name)}</span>' for name, kind, _ in curves)
    roc = square(
        [Series(name=name, kind=kind, points=one.roc) for name, kind, one in curves],
        across="false positive rate",
        up="true positive rate",
    )
    bins = [_calibration(name, kind, one) for name, kind, one in curves]
    highest = max(max(point) for one in bins for point in one.points)
    calibration = square(bins, across="predicted probability", up="observed share of true", high=highest)
    figures = _figure("ROC curve", roc) + _figure("Calibration", calibration)
    return f'<section><p>{keys}</p><div class="plots">{figures}</div></section>'


def _figure(title: str, plot: str) -> str:
    return f"<figure><h2>{title}</h2>{plot}</figure>"


def _calibration(name: str, kind: str, curves: Curves) -> Series:
    return Series(
        name=name,
        kind=kind,
        points=[(one.predicted, one.observed) for one in curves.calibration],
        notes=[
            f"{name}: {one.rows:,} rows, {one.predicted:.3f} predicted, {one.observed:.3f} true"
            for one in curves.calibration
        ],
    )


def _verdicts(judgement: Judgement) -> str:
    rows = [_verdict(verdict, won=verdict.candidate == judgement.winner) for verdict in judgement.verdicts]
    return _table(["candidate", judgement.metric, "95 %", "gain", "95 %", "verdict"], rows)


def _verdict(verdict: CandidateEvaluation, *, won: bool) -> list[str]:
    gain = None if verdict.gain is None else f"{verdict.gain:+.4f}"
    figures = [verdict.metric, span(verdict.interval), gain, span(verdict.gain_interval)]
    failed = "; ".join(f"{failure.gate}: {failure.reason}" for failure in verdict.failed)
    said = '<span class="won">won</span>' if won else escape(failed or "passed")
    return [escape(verdict.candidate), *map(_words, figures), said]


def _candidates(reports: dict[str, dict[str, Any]]) -> str:
    rows = [_candidate(name, report) for name, report in sorted(reports.items())]
    columns = ["candidate", "algorithm", "parameters", "metrics"]
    return _section("Candidates", _table(columns, rows) if rows else "")


def _candidate(name: str, report: dict[str, Any]) -> list[str]:
    measured = f"{report['error']}: {report['cause']}" if "error" in report else report.get("metrics")
    return [*map(_words, (name, report.get("algorithm"), report.get("parameters"), measured))]


def _moves(entries: Iterable[Any]) -> str:
    rows = [[*map(_words, (e.at, e.action, e.version, f"{e.weight:.0%}", e.who, e.why))] for e in entries]
    columns = ["at", "action", "version", "share", "who", "why"]
    return _section("Moves of the alias", _table(columns, rows) if rows else "")


def _section(title: str, inside: str) -> str:
    return f"<section><h2>{escape(title)}</h2>{inside}</section>" if inside else ""


def _list(pairs: Facts) -> str:
    told = "".join(f"<dt class=soft>{escape(name)}</dt><dd>{_words(value)}</dd>" for name, value in pairs)
    return f"<dl>{told}</dl>" if told else ""


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    head = "".join(f"<th>{escape(name)}</th>" for name in columns)
    body = "".join(f"<tr>{''.join(f'<td>{inside}</td>' for inside in row)}</tr>" for row in rows)
    return f"<table><tr>{head}</tr>{body}</table>"


def _words(value: Any) -> str:
    """As the terminal shows it, but an instant without how long ago it was: a page is kept."""
    return escape(f"{value:%Y-%m-%d %H:%M:%S} UTC" if isinstance(value, datetime) else cell(value).plain)
