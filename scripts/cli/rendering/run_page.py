"""A training run as one HTML page: trigger, candidates, judgement and moves of the alias."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec

from cli.rendering.answers import answers_of
from cli.rendering.evaluation_sections import evaluation_sections
from cli.rendering.explanation_sections import explanation_sections, search_section
from cli.rendering.figures import Drawn, drawn_figures
from cli.rendering.gate_tables import COLUMNS as GATE_COLUMNS
from cli.rendering.gate_tables import gate_rows
from cli.rendering.graph_section import graph_section
from cli.rendering.profile_section import profile_section
from cli.rendering.run_tables import outcome
from cli.rendering.segment_sections import segments_section
from cli.rendering.selection_section import selection_section
from cli.rendering.tables import cell, span
from keepfit.evaluation.report import Evaluation
from keepfit.pages.markup import Html, element, joined
from keepfit.pages.page import facts, page, section, table, verdict
from keepfit.pages.plots.intervals import Mark, intervals
from keepfit.pages.style import colour
from keepfit.registry.ledger import Entry
from keepfit.serving.graph.compiled import CompiledGraph
from keepfit.training.explanation.report import Explanation, ShapExamples
from keepfit.training.judging.judgement import CandidateEvaluation, ChampionEvaluation, Judgement, figures_of
from keepfit.training.search.record import SearchRecord
from keepfit.views.gates import furthest, gate_lines
from keepfit.views.runs import RunDetail

Facts = Iterable[tuple[str, Any]]


def run_page(detail: RunDetail, overview: Facts) -> str:
    """The page; ``overview`` is the run itself in a few words."""
    run, judgement = detail.run, detail.judged()
    return page(
        f"{run.model}: run {run.run_id}",
        element("h1", f"{run.model}: {run.outcome or 'under way'}"),
        element("p", f"Run {run.run_id}", class_="soft"),
        _list(overview),
        _graph(detail.definition),
        _judged(judgement) if judgement else element("p", "Nothing was judged."),
        _gates(judgement, detail.definition) if judgement else None,
        _evaluated(detail, judgement),
        _explained(detail, judgement),
        _candidates(detail.candidates),
        segments_section(detail.segments) if detail.segments else None,
        *(search_section(msgspec.convert(each, SearchRecord)) for each in detail.searches.values()),
        selection_section(detail.selection) if detail.selection else None,
        section("Training set", _list((detail.training_set or {}).items())),
        profile_section(detail.profile) if detail.profile else None,
        section("Lineage", _list(_lineage(detail))),
        _moves(detail.moves),
    )


def _graph(definition: Any) -> Html | None:
    """The serving graph of the definition that the run was admitted with, if it has one."""
    graph = definition.get("graph") if isinstance(definition, dict) else None
    return graph_section(msgspec.convert(graph, CompiledGraph)) if graph else None


def _evaluated(detail: RunDetail, judgement: Judgement | None) -> Html | None:
    if detail.evaluation is None or judgement is None or judgement.chosen is None:
        return None
    return evaluation_sections(msgspec.convert(detail.evaluation, Evaluation), judgement.chosen.metric)


def _explained(detail: RunDetail, judgement: Judgement | None) -> Html | None:
    """The explanation of the candidate that was measured, if any was."""
    chosen = judgement.chosen if judgement else None
    explanation = detail.explanations.get(chosen.candidate) if chosen else None
    if chosen is None or explanation is None:
        return None
    examples = detail.examples.get(chosen.candidate)
    return explanation_sections(
        msgspec.convert(explanation, Explanation),
        None if examples is None else msgspec.convert(examples, ShapExamples),
    )


def _lineage(detail: RunDetail) -> Facts:
    """From the data to the version, each by what names it for good."""
    run = detail.run
    packages: dict[str, str] = next(
        (report["packages"] for report in detail.candidates.values() if "packages" in report), {}
    )
    code = {
        name: report["code_sha256"] for name, report in detail.candidates.items() if report.get("code_sha256")
    }
    return [
        ("versions of datasets", run.data),
        ("definition, SHA-256", run.definition_digest),
        ("code, SHA-256", run.code_digest),
        *([("own code, SHA-256", code)] if code else []),
        ("packages", packages),
        ("candidates", sorted(detail.candidates)),
        ("version of the model", run.version),
        ("champion before", run.champion.version if run.champion else None),
    ]


def _judged(judgement: Judgement) -> Html:
    """Everyone who answered the holdout, side by side."""
    everyone = _everyone(judgement)
    marks = [
        Mark(name=name, kind=kind, value=each.metric, interval=each.interval)
        for name, kind, each in everyone
        if each.metric is not None and each.interval is not None
    ]
    return joined(
        section(
            f"Judged on {judgement.rows:,} rows",
            element("p", judgement.reason),
            element("p", judgement.soft) if judgement.soft else None,
            intervals(marks, of=judgement.metric) if marks else None,
            _verdicts(judgement),
        ),
        drawn_figures([Drawn(name=name, kind=kind, figures=figures_of(one)) for name, kind, one in everyone]),
    )


def _everyone(judgement: Judgement) -> list[tuple[str, str, CandidateEvaluation | ChampionEvaluation]]:
    """Name, colour and figures of each candidate, and of the champion."""
    everyone: list[tuple[str, str, CandidateEvaluation | ChampionEvaluation]] = [
        (verdict.candidate, colour(number), verdict) for number, verdict in enumerate(judgement.evaluations)
    ]
    if judgement.champion:
        everyone.append((f"champion, version {judgement.champion.version}", "base", judgement.champion))
    return everyone


def _verdicts(judgement: Judgement) -> Html:
    rows = [_verdict(each, won=each.candidate == judgement.winner) for each in judgement.evaluations]
    if judgement.baseline:
        constant = judgement.baseline
        above = f"{constant.gain:+.4f} to the candidate, {span(constant.gain_interval)} (95 %)"
        rows.append(
            [
                *map(_words, ("the best constant", None, constant.metric, None, None, None)),
                f"never released; {above}",
            ]
        )
    columns = ["candidate", "by validation", judgement.metric, "95 %", "gain", "95 % of the gain", "verdict"]
    return table(columns, rows)


def _verdict(each: CandidateEvaluation, *, won: bool) -> list[str]:
    gain = None if each.gain is None else f"{each.gain:+.4f}"
    figures = [
        each.candidate,
        each.validation,
        each.metric,
        span(each.interval),
        gain,
        span(each.gain_interval),
    ]
    return [*map(_words, figures), verdict("won", good=True) if won else outcome(each)]


def _gates(judgement: Judgement, definition: Any) -> Html | None:
    chosen = furthest(judgement)
    rows = [[*map(_words, row)] for row in gate_rows(gate_lines(chosen, definition))] if chosen else []
    return section(f"Gates of {chosen.candidate}", table(GATE_COLUMNS, rows)) if chosen else None


def _candidates(reports: dict[str, dict[str, Any]]) -> Html | None:
    rows = [_candidate(name, report) for name, report in sorted(reports.items())]
    columns = ["candidate", "algorithm", "parameters", "answers", "metrics"]
    return section("Candidates", table(columns, rows)) if rows else None


def _candidate(name: str, report: dict[str, Any]) -> list[str]:
    measured = f"{report['error']}: {report['cause']}" if "error" in report else report.get("metrics")
    learned = (report.get("algorithm"), report.get("parameters"), answers_of(report) or None)
    return [*map(_words, (name, *learned, measured))]


def _moves(entries: Sequence[Entry]) -> Html | None:
    rows = [[*map(_words, (e.at, e.action, e.version, f"{e.weight:.0%}", e.who, e.why))] for e in entries]
    columns = ["at", "action", "version", "share", "who", "why"]
    return section("Moves of the alias", table(columns, rows)) if rows else None


def _list(pairs: Facts) -> Html | None:
    return facts((name, _words(value)) for name, value in pairs)


def _words(value: Any) -> str:
    """As the terminal shows it, but an instant without how long ago it was: a page is kept."""
    return f"{value:%Y-%m-%d %H:%M:%S} UTC" if isinstance(value, datetime) else cell(value).plain
