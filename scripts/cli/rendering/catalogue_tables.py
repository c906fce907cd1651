"""The catalogue as tables: its entries, what a search found, and all about one of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.console import RenderableType

from cli.rendering.dataset_tables import version_tables
from cli.rendering.tables import ago, facts, table
from keepfit.views.catalogue import Entry
from keepfit.views.catalogue_entry import EntryDetail, Freshness
from keepfit.views.catalogue_search import Found
from keepfit.views.lineage import Lineage

_KINDS = {"dataset": "dataset", "feature_view": "feature view", "model": "model"}
_UNITS = ((2**30, "GB"), (2**20, "MB"), (2**10, "kB"))
COLUMNS = ["kind", "name", "owner", "description", "version", "rows", "size", "newest", "used by"]


def catalogue_table(entries: Sequence[Entry]) -> RenderableType:
    """Every entry, a line each."""
    return table("Catalogue", COLUMNS, map(_row, entries), empty="nothing is defined yet")


def found_table(found: Found) -> RenderableType:
    """What a search found, the best match first, and where the words stand."""
    rows = [
        [*_row(match.entry)[:4], "; ".join(f"{place}: {text}" for place, text in match.found)]
        for match in found.matches
    ]
    return table(
        f"Found for {' '.join(found.words)}",
        [*COLUMNS[:4], "found in"],
        rows,
        empty="no entry has each of them",
    )


def detail_parts(detail: EntryDetail) -> tuple[RenderableType, ...]:
    """All about one entry."""
    entry = detail.entry
    said = {
        "owner": entry.owner,
        "description": entry.description,
        "tags": entry.tags or None,
        **detail.keys,
        "version": entry.version,
        "rows": entry.rows,
        "size": size(entry.bytes),
        "freshness": freshness(detail.freshness),
        "used by": entry.used_by or None,
        "defined here": entry.defined,
        "deployed": entry.deployed,
    }
    columns = ["field", "type", "unit", "description", "role", "missing"]
    rows = [
        (each.name, each.type, each.unit, each.description, each.role, _share(each.missing))
        for each in detail.fields
    ]
    parts: list[RenderableType] = [
        facts(f"{_KINDS[entry.kind]} {entry.name}", [(k, v) for k, v in said.items() if v is not None]),
        table("Fields", columns, rows),
    ]
    if detail.contracts:
        parts.append(
            table(
                "Contracts",
                ["contract", "rule", "severity", "broken by", "not checked in", "last"],
                [(c.contract, c.rule, c.severity, c.broken, c.not_checked, c.last) for c in detail.contracts],
            )
        )
    return (*parts, *(version_tables(detail.version) if detail.version else ()))


def lineage_tables(lineage: Lineage) -> tuple[RenderableType, ...]:
    """What was made of what, from files to releases."""
    made: dict[str, list[str]] = {}
    names = {node.id: node.name for node in lineage.nodes}
    for edge in lineage.edges:
        made.setdefault(edge.target, []).append(names[edge.source])
    rows = [
        (
            node.kind.replace("_", " "),
            node.name,
            node.at,
            node.says,
            made.get(node.id, []),
            node.current or None,
        )
        for node in lineage.nodes
    ]
    columns = ["kind", "name", "at", "", "made of", "now"]
    return (table(f"Lineage of {lineage.name}", columns, rows, empty="nothing was ingested or trained yet"),)


def freshness(found: Freshness | None) -> str | None:
    """How old the newest row is, beside how old it may be."""
    if found is None:
        return None
    limit = ""
    if found.limit is not None:
        limit = f": LATE, at most {found.limit}" if found.late else f", at most {found.limit}"
    return f"newest row {ago(found.newest)}{limit}"


def size(count: int | None) -> str | None:
    """A number of bytes.

    >>> size(2_500_000), size(12), size(None)
    ('2.4 MB', '12 B', None)
    """
    if count is None:
        return None
    for unit, name in _UNITS:
        if count >= unit:
            return f"{count / unit:.1f} {name}"
    return f"{count} B"


def _row(entry: Entry) -> list[Any]:
    newest = entry.newest_event or entry.changed_at
    return [
        _KINDS[entry.kind],
        entry.name if entry.defined else f"{entry.name} (not defined here)",
        entry.owner,
        entry.description,
        entry.version,
        entry.rows,
        size(entry.bytes),
        ago(newest) if newest else None,
        entry.used_by,
    ]


def _share(share: float | None) -> str | None:
    return None if share is None else f"{share:.1%}"
