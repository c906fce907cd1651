"""Tables of Glue as DuckDB's views, and their rows as Athena gives them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

from ministack.services import glue, s3

from localcloud.overlay.athena_sql import Refused, catalogue_tables, to_athena

StoredFile = tuple[dict[str, Any], str]
"""The values of a file's partition, and where its copy is."""


def make_views(connection: Any, statement: Any, database: str, folder: Path) -> tuple[str, int]:
    """Makes a view of every table that is named; the SQL over them, and the bytes of their files."""
    files: dict[str, list[StoredFile]] = {}
    for reference in catalogue_tables(statement):
        name = f"{reference.db or database}.{reference.name}".lower()
        table = glue._tables.get(name.replace(".", "/", 1))
        if table is None:
            raise Refused(f"TABLE_NOT_FOUND: line 1:1: Table 'awsdatacatalog.{name}' does not exist")
        if name not in files:
            files[name] = [*_stored(name, table, folder)]
            connection.execute(f"CREATE VIEW {_name({'Name': name})} AS {_relation(table, files[name])}")
        reference.set_name(name)
    every = [file for found in files.values() for file in found]
    # What a query can reach are these files, whatever it says.
    connection.execute(f"SET allowed_paths = [{_paths(every)}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return statement.sql("duckdb"), sum(Path(path).stat().st_size for _, path in every)


def _stored(name: str, table: dict[str, Any], folder: Path) -> Iterator[StoredFile]:
    """The files of a table, each with the values of its partition, copied to where DuckDB may read."""
    keys = [key["Name"] for key in table.get("PartitionKeys") or []]
    parts: list[StoredFile] = [({}, table["StorageDescriptor"]["Location"])]
    if keys:
        parts = [
            (dict(zip(keys, each["Values"], strict=True)), each["StorageDescriptor"]["Location"])
            for each in glue._partitions.get(name.replace(".", "/", 1), [])
        ]
    for number, (values, location) in enumerate(parts):
        place = urlparse(location)
        prefix = f"{place.path.strip('/')}/"
        bucket = s3._buckets.get(place.netloc) or {"objects": {}}
        for key in sorted(key for key in bucket["objects"] if key.startswith(prefix)):
            hidden = any(part.startswith(("_", ".")) for part in key.removeprefix(prefix).split("/"))
            if hidden or key.endswith("/"):
                continue
            path = folder / f"{name}-{number}-{len(key)}-{Path(key).name}"
            path.write_bytes(s3._get_object_data(place.netloc, key) or b"")
            yield values, str(path)


def _relation(table: dict[str, Any], files: list[StoredFile]) -> str:
    """Rows with the columns as Glue names and types them, partitions' values behind them."""
    columns = table["StorageDescriptor"]["Columns"]
    keys = table.get("PartitionKeys") or []
    if not files:
        nothing = ", ".join(f"CAST(NULL AS {_type(one)}) AS {_name(one)}" for one in [*columns, *keys])
        return f"SELECT {nothing} WHERE false"
    # By name, as the tables' readers do; what a file does not have is missing from its rows.
    empty = ", ".join(f"CAST(NULL AS {_type(one)}) AS {_name(one)}" for one in columns)
    read = f"SELECT *, filename AS _file FROM read_parquet([{_paths(files)}], union_by_name = true, filename = true)"
    shaped = f"SELECT {empty}, CAST(NULL AS VARCHAR) AS _file WHERE false UNION ALL BY NAME ({read})"
    chosen = [f"CAST({_name(one)} AS {_type(one)}) AS {_name(one)}" for one in columns]
    for key in keys:
        cases = " ".join(f"WHEN '{path}' THEN {_text(values[key['Name']])}" for values, path in files)
        chosen.append(f"CAST(CASE _file {cases} END AS {_type(key)}) AS {_name(key)}")
    return f"SELECT {', '.join(chosen)} FROM ({shaped})"


def _paths(files: list[StoredFile]) -> str:
    return ", ".join(f"'{path}'" for _, path in files)


def _name(column: dict[str, Any]) -> str:
    return '"' + str(column["Name"]).replace('"', '""') + '"'


def _text(value: str) -> str:
    return "'" + str(value).replace("'", "''") + "'"


def _type(column: dict[str, Any]) -> str:
    kind = str(column.get("Type", "string")).lower()
    if match := re.fullmatch(r"array<(\w+)>", kind):
        return f"{_type({'Type': match[1]})}[]"
    # Without a zone, as Athena has them.
    return {"string": "VARCHAR", "timestamp": "TIMESTAMP"}.get(kind, kind.upper())


def read_rows(connection: Any, sql: str) -> tuple[dict[str, Any], list[str]]:
    """The columns and rows of a query, every cell as Athena writes it, and the types of the columns."""
    result = connection.execute(sql)
    types = [to_athena(str(one[1])) for one in result.description]
    columns = [one[0] for one in result.description]
    rows = [[_cell(value, kind) for value, kind in zip(row, types, strict=True)] for row in result.fetchall()]
    return {"columns": columns, "rows": rows}, types


def _cell(value: Any, kind: str) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if kind == "timestamp":
        return f"{value:%Y-%m-%d %H:%M:%S}.{value.microsecond // 1000:03}"
    if isinstance(value, list):
        return "[" + ", ".join(_cell(one, "") or "null" for one in value) + "]"
    return str(value)
