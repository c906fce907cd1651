"""Datasets as tables: how much there is, the uploads of a version, and what made each version."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from rich.console import RenderableType
from rich.text import Text

from cli.rendering.table_layout import Fitted
from cli.rendering.tables import ago, facts, table
from cli.upload_ids import short_id
from keepfit.views.dataset_versions import DatasetVersion
from keepfit.views.datasets import DatasetChange, DatasetSummary


def datasets_table(summaries: Sequence[DatasetSummary], columns: Sequence[str]) -> Fitted | Text:
    """Datasets in a few words; of rows that were never counted it says how many there may be."""
    rows = []
    for summary in summaries:
        values = msgspec.structs.asdict(summary)
        if summary.rows is None:
            values["rows"] = f"at most {summary.stored_rows:,}"
        values["last_change"] = _change(summary.last_change)
        rows.append([values[name] for name in columns])
    return table("Datasets", [name.replace("_", " ") for name in columns], rows)


def version_tables(found: DatasetVersion) -> tuple[RenderableType, ...]:
    """One version of a dataset."""
    pairs = [
        ("newest version", found.newest),
        ("rows that count", f"at most {found.stored_rows:,}" if found.rows is None else found.rows),
        ("rows stored", found.stored_rows),
        ("first event", found.first_event),
        ("last event", found.last_event),
    ]
    uploads = [
        (short_id(each.sha256), each.key, each.uploaded_at, each.rows, each.bad_rows, each.since_then)
        for each in found.uploads
    ]
    parts: list[RenderableType] = [
        facts(f"{found.dataset}, version {found.version}", pairs),
        table("Uploads", ["upload", "file", "uploaded", "rows", "left out", "since then"], uploads),
    ]
    if found.withdrawn:
        withdrawn = [
            (short_id(each.sha256), each.key, each.rows, each.version, each.at, each.who, each.why)
            for each in found.withdrawn
        ]
        columns = ["upload", "file", "rows", "since version", "at", "who", "why"]
        parts.append(table("Withdrawn", columns, withdrawn))
    versions = [
        (version, each.at, each.key, each.what, each.who, each.why)
        for version, each in found.versions.items()
    ]
    parts.append(table("Versions", ["version", "at", "file", "what", "who", "why"], versions))
    return tuple(parts)


def _change(change: DatasetChange | None) -> str | None:
    return f"{change.key.rpartition('/')[2]} {change.what}, {ago(change.at)}" if change else None
