"""Tables of batches, for a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import RenderableType

from cli.rendering.tables import facts, table


def summary_parts(summary: Mapping[str, Any]) -> tuple[RenderableType, ...]:
    """The summary, and why rows were refused."""
    parts: list[RenderableType] = [
        facts(
            f"{summary['file']}, by {summary['model']}, version {summary['version']}",
            [
                ("rows", summary["rows"]),
                ("answered", summary["answered"]),
                ("refused", summary["refused"]),
                ("parts", summary["parts"]),
                ("written as", summary["format"]),
                ("seconds", summary["seconds"]),
            ],
        )
    ]
    if summary["reasons"]:
        rows = [[each["field"] or "", each["reason"], each["rows"]] for each in summary["reasons"]]
        parts.append(table("Refused", ["field", "reason", "rows"], rows))
    if summary["unread"]:
        unread = [[each["number"], each["rows"], each["reason"]] for each in summary["unread"]]
        parts.append(table("Not read", ["part", "rows", "reason"], unread))
    return tuple(parts)


def job_parts(job: Mapping[str, Any]) -> tuple[RenderableType, ...]:
    """One job, with its summary where there is one."""
    shown = facts(
        f"Job {job['job']}",
        [
            ("state", job["state"]),
            ("file", job["file"]),
            ("version", job["version"]),
            ("parts", None if job["parts"] is None else f"{job['done']} of {job['parts']}"),
            ("results", job["results"]),
            ("reason", job["reason"]),
        ],
    )
    return (shown,) if job["summary"] is None else (shown, *summary_parts(job["summary"]))


def jobs_table(model: str, jobs: Sequence[Mapping[str, Any]]) -> RenderableType:
    """The jobs of a model."""
    columns = ["job", "state", "file", "version", "started", "answered", "refused", "reason"]
    rows = [
        [
            *(each[name] for name in ("job", "state", "file", "version", "started_at")),
            *((each["summary"] or {}).get(name) for name in ("answered", "refused")),
            each["reason"],
        ]
        for each in jobs
    ]
    return table(f"Batches of {model}", columns, rows)
