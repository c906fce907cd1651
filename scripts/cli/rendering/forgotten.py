"""Records of forgotten entities as tables, and what a look found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from rich.console import RenderableType

from cli.rendering.tables import facts, table
from keepfit.features.forgetting.record import Forgotten
from keepfit.instants import from_iso


def forgotten_tables(record: Forgotten, *, looked: bool) -> tuple[RenderableType, ...]:
    """A record; ``looked`` says that nothing was changed."""
    pairs = [
        ("rows in the newest version" if looked else "rows left out", record.rows),
        *([] if looked else [("versions", record.versions), ("record", record.id)]),
        *((f"waits: {number}", reason) for number, reason in enumerate(record.waits, 1)),
        *((f"cannot be read: {number}", name) for number, name in enumerate(record.unclear, 1)),
    ]
    counts, gone = Counter[str](), Counter[str]()
    for one in record.objects:
        counts[one.place] += one.objects
        gone[one.place] += one.objects * one.removed
    files = [(place, number, gone[place]) for place, number in sorted(counts.items())]
    runs = [(one.model, one.version, one.run_id, one.data_version) for one in record.trained]
    return (
        facts(f"{record.dataset}, an entity of {record.field}", pairs),
        table("Objects that held it", ["what", "objects", "removed"], files),
        table("Runs that read it", ["model", "version", "run", "data version"], runs),
    )


def records_table(records: Sequence[Forgotten]) -> RenderableType:
    """What a dataset forgot."""
    columns = ["at", "field", "rows", "versions", "finished", "who", "why", "record"]
    return table(
        "Forgotten",
        columns,
        [
            (
                from_iso(one.at),
                one.field,
                one.rows,
                one.versions,
                one.finished_at is not None,
                one.who,
                one.why,
                one.id,
            )
            for one in records
        ],
    )
