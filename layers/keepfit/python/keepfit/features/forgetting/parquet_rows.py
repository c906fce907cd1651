"""Rows of an entity in a Parquet file: counted, and left out of a copy, row group by row group."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import msgspec

from keepfit.features.database import database
from keepfit.features.datasets.part_rows import LINE
from keepfit.features.forgetting.entity import Entity
from keepfit.features.ingest.cell_validation import MEMORY_MB
from keepfit.features.ingest.checked_rows import iso
from keepfit.features.profiles.measure import measure
from keepfit.features.profiles.profile import Profile
from keepfit.features.schema.definition import DatasetDefinition
from keepfit.features.sql_literals import quoted, text


class Rewritten(NamedTuple):
    """A copy without the entity: its rows, its first and last event, and the profile of what is left.

    Events are ISO 8601, empty where there is no row or no such column; a profile is None where the columns are of other
    types than they are defined now. ``ingested_at`` is when its rows were first written, in ISO 8601 too.
    """

    rows: int
    first_event: str
    last_event: str
    profile: Profile | None
    ingested_at: str


def rows_of(path: Path, entity: Entity) -> int:
    """How many rows of the file ``path`` are the entity's."""
    with _asked(path, entity) as (connection, columns):
        if entity.field not in columns:
            return 0
        [(rows,)] = connection.execute(f"SELECT count(*) FROM part WHERE {entity.condition()}").fetchall()  # noqa: S608
        return int(rows)


def lines_of(path: Path, entity: Entity | None = None) -> set[int]:
    """The places in their upload of the rows of a part; of the entity's alone, where one is given."""
    with database(path.parent, memory_mb=MEMORY_MB) as connection:
        where = ""
        if entity:
            entity.prepare(connection)
            where = f" WHERE {entity.condition()}"
        query = f"SELECT {LINE} FROM read_parquet({text(str(path))}){where}"  # noqa: S608
        return {int(line) for (line,) in connection.execute(query).fetchall()}


def leave_out(path: Path, entity: Entity, target: Path) -> None:
    """Writes the rows of ``path`` that are not the entity's to ``target``, beside it, in their order.

    Every other row is there once, with every value and every column as it was.
    """
    with _asked(path, entity) as (connection, _):
        kept = f"SELECT * FROM part WHERE NOT {entity.condition()}"  # noqa: S608
        connection.execute(f"COPY ({kept}) TO {text(str(target))} (FORMAT parquet, COMPRESSION zstd)")


def without_entity(path: Path, entity: Entity, definition: DatasetDefinition, target: Path) -> Rewritten:
    """Leaves an entity out of a part, see ``leave_out``, and says what is left."""
    leave_out(path, entity, target)
    with _asked(path, entity) as (connection, _):  # of which a row at least is there
        [(ingested,)] = connection.execute("SELECT epoch_us(max(_ingested_at)) FROM part").fetchall()
    with _asked(target, entity) as (connection, columns):
        [(rows,)] = connection.execute("SELECT count(*) FROM part").fetchall()
        first = last = ""
        event = definition.event_column
        if rows and columns.get(event) == "TIMESTAMP WITH TIME ZONE":
            [(low, high)] = connection.execute(
                f"SELECT epoch_us(min({quoted(event)})), epoch_us(max({quoted(event)})) FROM part"  # noqa: S608
            ).fetchall()
            first, last = iso(low), iso(high)
        profile = _profile(connection, target, definition, columns)
        return Rewritten(rows, first, last, profile, iso(ingested))


def _profile(
    connection: Any, path: Path, definition: DatasetDefinition, columns: dict[str, str]
) -> Profile | None:
    """The profile of those fields that the part has."""
    fields = {name: field for name, field in definition.fields.items() if name in columns}
    try:
        return measure(connection, path, msgspec.structs.replace(definition, fields=fields))
    except duckdb.Error:
        return None


@contextmanager
def _asked(path: Path, entity: Entity) -> Iterator[tuple[Any, dict[str, str]]]:
    """A connection with the rows of ``path`` as ``part``, and the types of its columns."""
    with database(path.parent, memory_mb=MEMORY_MB) as connection:
        entity.prepare(connection)
        connection.execute(f"CREATE TEMP VIEW part AS SELECT * FROM read_parquet({text(str(path))})")  # noqa: S608
        described = connection.execute("DESCRIBE part").fetchall()
        yield connection, {name: kind for name, kind, *_ in described}
