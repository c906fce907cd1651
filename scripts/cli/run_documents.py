"""What a run leaves behind: which data, code and parameters made its model, and why it won or did not."""

from __future__ import annotations

from typing import Any

import msgspec
from rich.console import RenderableType

from cli.site import Site
from cli.tables import facts, span, table
from keepfit.adapters.aws.s3_artifacts import S3Artifacts
from keepfit.errors import NotFound
from keepfit.layout import rows_folder
from keepfit.registry.ledger import Entry
from keepfit.training.judging.judgement import CandidateEvaluation, Judgement
from keepfit.training.runs.run import TrainingRun


def read_evidence(site: Site, run: TrainingRun) -> dict[str, Any]:
    """The run's files and moves by name; None for what it did not come to.

    ``candidates`` maps each to its report, or to the error and cause that kept it from having one. ``rows`` are the
    keys of the rows that it trained and judged on: none once they have expired.
    """
    prefix = f"{run.folder}/candidates/"
    # In this order a report replaces the failure of an earlier attempt.
    reports = {
        key.removeprefix(prefix).partition("/")[0]: msgspec.json.decode(site.artifacts.get(key))
        for key in sorted(site.artifacts.list(prefix))
        if key.endswith(("/failed.json", "/report.json"))
    }
    return {
        "definition": _document(site.artifacts, f"{run.folder}/definition.json"),
        "training_set": _document(site.artifacts, f"{run.folder}/training_set.json"),
        "rows": _rows(site.artifacts, run),
        "candidates": reports,
        "judgement": _document(site.artifacts, f"{run.folder}/judgement.json"),
        "moves": [entry for entry in site.ledger(run.model).entries() if entry.run_id == run.run_id],
    }


def tell_evidence(evidence: dict[str, Any]) -> list[RenderableType]:
    """The same for people, without the definition."""
    parts: list[RenderableType] = []
    if evidence["training_set"]:
        rows = (
            evidence["rows"] or "expired: see keep of the model; the same data and definition make them again"
        )
        told = {**evidence["training_set"], "copies of the rows": rows}
        parts.append(facts("Training set", told.items()))
    if evidence["candidates"]:
        parts.append(_candidates(evidence["candidates"]))
    if evidence["judgement"]:
        parts += _judgement(msgspec.convert(evidence["judgement"], Judgement))
    if evidence["moves"]:
        parts.append(_moves(evidence["moves"]))
    return parts


def _rows(artifacts: S3Artifacts, run: TrainingRun) -> list[str]:
    keys = [*artifacts.list(f"{rows_folder(run.folder)}/"), *artifacts.list(f"{run.folder}/")]
    return [key for key in keys if key.endswith((".parquet", ".jsonl"))]


def _document(artifacts: S3Artifacts, key: str) -> Any:
    try:
        return msgspec.json.decode(artifacts.get(key))
    except NotFound:
        return None


def _candidates(reports: dict[str, dict[str, Any]]) -> RenderableType:
    rows = [
        (
            name,
            report.get("algorithm"),
            report.get("parameters"),
            f"{report['fit_seconds']:.1f} s" if "fit_seconds" in report else None,
            f"{report['error']}: {report['cause']}" if "error" in report else None,
        )
        for name, report in sorted(reports.items())
    ]
    return table("Candidates", ["candidate", "algorithm", "parameters", "fitted in", "failed"], rows)


def _judgement(judgement: Judgement) -> list[RenderableType]:
    rows: list[tuple[Any, ...]] = [
        (
            verdict.candidate,
            verdict.metric,
            span(verdict.interval),
            None if verdict.gain is None else f"{verdict.gain:+.4f}",
            span(verdict.gain_interval),
            "won" if verdict.candidate == judgement.winner else _failed(verdict),
        )
        for verdict in judgement.verdicts
    ]
    if judgement.champion:
        champion = judgement.champion
        name = f"champion, version {champion.version}"
        rows.append((name, champion.metric, span(champion.interval), None, None, champion.note))
    columns = ["candidate", judgement.metric, "95 %", "gain", "95 %", "verdict"]
    return [table(f"Judged on {judgement.rows:,} rows", columns, rows), f"{judgement.reason}\n"]


def _failed(verdict: CandidateEvaluation) -> str:
    return "; ".join(f"{failure.gate}: {failure.reason}" for failure in verdict.failed) or "passed"


def _moves(entries: list[Entry]) -> RenderableType:
    rows = [(e.at, e.action, e.version, f"{e.weight:.0%}", e.who, e.why) for e in entries]
    return table("Moves of the alias", ["at", "action", "version", "share", "who", "why"], rows)
