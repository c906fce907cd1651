"""The documents of a run as tables: its data and parameters, and why its model won or did not."""

from __future__ import annotations

from typing import Any

from rich.console import RenderableType

from cli.rendering.answers import answers_of
from cli.rendering.evaluation_tables import evaluation_tables
from cli.rendering.gate_tables import gate_table
from cli.rendering.segment_tables import summary_table
from cli.rendering.selection_table import selection_table
from cli.rendering.tables import facts, span, table
from keepfit.registry.ledger import Entry
from keepfit.registry.verdicts import Verdict
from keepfit.training.judging.judgement import CandidateEvaluation, Judgement
from keepfit.training.segments_definition import SEGMENTED
from keepfit.views.gates import furthest, gate_lines
from keepfit.views.runs import RunDetail

_EXPIRED = "expired: see keep of the model; the same data and definition make them again"

# Of the digest of a candidate's own code; `--json` has all of it.
_DIGITS = 12


def document_tables(detail: RunDetail) -> list[RenderableType]:
    """The run's documents for people, without the definition."""
    parts: list[RenderableType] = []
    if detail.training_set:
        pairs = {**detail.training_set, "copies of the rows": detail.rows or _EXPIRED}
        parts.append(facts("Training set", pairs.items()))
    if detail.selection:
        parts += selection_table(detail.selection)
    if detail.candidates:
        parts.append(_candidates(detail.candidates))
        segments = summary_table(detail.candidates.get(SEGMENTED, {}))
        parts += [segments] if segments is not None else []
    judgement = detail.judged()
    if judgement:
        parts += _judgement(judgement)
        chosen = furthest(judgement)
        if chosen is not None:
            lines = gate_lines(chosen, detail.definition, _on_release(detail, judgement, chosen))
            parts.append(gate_table(f"Gates of {chosen.candidate}", lines))
    parts += evaluation_tables(detail)
    if detail.system_tests:
        parts.append(_system_tests(detail.system_tests))
    if detail.replay:
        parts.append(_replay(detail.replay))
    if detail.moves:
        parts.append(_moves(detail.moves))
    return parts


def _candidates(reports: dict[str, dict[str, Any]]) -> RenderableType:
    rows: list[tuple[Any, ...]] = [
        (
            name,
            report.get("algorithm"),
            report.get("parameters"),
            _searched(report.get("search")),
            answers_of(report) or None,
            f"{report['fit_seconds']:.1f} s" if "fit_seconds" in report else None,
            _trained_on(report.get("compute")),
            f"{report['error']}: {report['cause']}" if "error" in report else None,
        )
        for name, report in sorted(reports.items())
    ]
    columns = ["candidate", "algorithm", "parameters", "search", "answers", "fitted in", "on", "failed"]
    own = [report.get("code_sha256") for _, report in sorted(reports.items())]
    if any(own):
        columns.append("own code")
        rows = [
            (*row, digest and f"sha256 {digest[:_DIGITS]}") for row, digest in zip(rows, own, strict=True)
        ]
    return table("Candidates", columns, rows)


def _trained_on(compute: dict[str, Any] | None) -> str | None:
    """The service, and why another gave up before it; runs of before do not say."""
    if compute is None:
        return None
    moved = f", after {compute['moved']} elsewhere" if compute["moved"] else ""
    return f"{compute['on']}{moved}"


def _searched(search: dict[str, Any] | None) -> str | None:
    """What chose the parameters; None where they are as defined."""
    if search is None:
        return None
    cut = f" of {search['planned']}, ended by minutes" if search["ended_by"] == "minutes" else ""
    failed = f", {search['failed']} failed" if search["failed"] else ""
    chosen = "best of" if search["best"] else "as defined, no better among"
    return f"{chosen} {search['trials']} trials{cut}{failed}"


def _judgement(judgement: Judgement) -> list[RenderableType]:
    rows: list[tuple[Any, ...]] = [
        (
            verdict.candidate,
            verdict.validation,
            verdict.metric,
            span(verdict.interval),
            None if verdict.gain is None else f"{verdict.gain:+.4f}",
            span(verdict.gain_interval),
            "won" if verdict.candidate == judgement.winner else outcome(verdict),
        )
        for verdict in judgement.evaluations
    ]
    if judgement.baseline:
        rows.append(
            ("the best constant", None, judgement.baseline.metric, None, None, None, "never released")
        )
    if judgement.champion:
        champion = judgement.champion
        name = f"champion, version {champion.version}"
        rows.append((name, None, champion.metric, span(champion.interval), None, None, champion.note))
    columns = ["candidate", "by validation", judgement.metric, "95 %", "gain", "95 %", "verdict"]
    told = "\n".join(f"{note}" for note in (judgement.reason, judgement.soft) if note)
    return [table(f"Judged on {judgement.rows:,} rows", columns, rows), f"{told}\n"]


def outcome(verdict: CandidateEvaluation) -> str:
    """The outcome of a candidate that did not win."""
    failed = "; ".join(f"{failure.gate}: {failure.reason}" for failure in verdict.failed)
    return failed or ("passed" if verdict.metric is not None else "not chosen")


def _on_release(detail: RunDetail, judgement: Judgement, chosen: CandidateEvaluation) -> list[Verdict]:
    return detail.release_verdicts() if judgement.winner == chosen.candidate else []


def _system_tests(report: dict[str, Any]) -> RenderableType:
    """What the release was asked over HTTPS before any client."""
    rows = [
        (each["name"], f"{each['ms']:.1f} ms", each["problem"] or "as it should be")
        for each in report["requests"]
    ]
    return table(f"System tests of version {report['version']}", ["request", "took", "answer"], rows)


def _replay(report: dict[str, Any]) -> RenderableType:
    """What the last logged requests showed of both, where too few clients asked the canary."""
    rows = [
        ("failed", report["failures"], report["champion_failures"]),
        ("refused", report["refusals"], report["champion_refusals"]),
        *(
            (
                f"{name} ms",
                *(
                    latency and latency[f"{name}_ms"]
                    for latency in (report["latency"], report["champion_latency"])
                ),
            )
            for name in ("median", "p95")
        ),
        ("decided otherwise", f"{report['changed']} of {report['compared']}", None),
        ("mean difference", report["mean_difference"], None),
    ]
    title = f"Replay of {report['logged']} logged requests and {report['holdout']} rows of the holdout"
    versions = [f"version {report['challenger']}", f"champion, version {report['champion']}"]
    return table(title, ["", *versions], rows)


def _moves(entries: list[Entry]) -> RenderableType:
    rows = [(e.at, e.action, e.version, f"{e.weight:.0%}", e.who, e.why) for e in entries]
    return table("Moves of the alias", ["at", "action", "version", "share", "who", "why"], rows)
