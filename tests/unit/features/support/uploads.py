"""A dataset, uploads of it, and what became of them."""

from __future__ import annotations

import json
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from keepfit.errors import RefusedUpload
from keepfit.features.datasets.manifest import Source
from keepfit.features.ingest.read_result import Outcome
from keepfit.features.ingest.reading import read_upload
from keepfit.features.io.formats import format_of
from keepfit.features.schema.definition import DatasetDefinition, Field

FLIGHTS = DatasetDefinition(
    event_time="moment",
    fields={
        "moment": Field(type="timestamp", nullable=True),
        "carrier": Field(type="category"),
        "distance": Field(type="float", nullable=True, min=0),
        "seats": Field(type="int", nullable=True, min=1, max=900),
        "late": Field(type="bool", nullable=True),
    },
    max_bad_share=0.999,
)
SOURCE = Source(bucket="intake", key="flights/o'hare.csv", version_id="v1", sha256="ab" * 32)
NOW = datetime(2013, 2, 1, tzinfo=UTC)
HEADER = "moment,carrier,distance,seats,late"
GOOD = "2013-01-01T05:00:00Z,UA,1400.5,180,true"


def read(folder: Path, body: bytes, name: str = "a.csv", dataset: DatasetDefinition = FLIGHTS) -> Outcome:
    for old in folder.iterdir():
        old.unlink()
    path = folder / "upload"
    path.write_bytes(body)
    return read_upload(path, format_of(name), dataset=dataset, source=SOURCE, folder=folder, at=NOW)


def refusal(folder: Path, body: bytes, name: str = "a.csv", dataset: DatasetDefinition = FLIGHTS) -> str:
    """Why a file is refused, whether it could be read or not."""
    try:
        return read(folder, body, name, dataset).refused or ""
    except RefusedUpload as error:
        return str(error)


def read_csv(folder: Path, *lines: str) -> Outcome:
    return read(folder, "\n".join([HEADER, *lines, ""]).encode())


def kept(outcome: Outcome, columns: str = "moment, carrier, distance, seats, late, _source_row") -> list[Any]:
    """The part's rows in its own order, instants as text."""
    assert outcome.part is not None
    with duckdb.connect() as database:
        database.execute("SET TimeZone = 'UTC'")
        as_text = "moment::VARCHAR AS moment, _ingested_at::VARCHAR AS _ingested_at"
        database.execute(f"CREATE VIEW part AS SELECT * REPLACE ({as_text}) FROM '{outcome.part}'")
        return database.execute(f"SELECT {columns} FROM part").fetchall()


def quarantined(outcome: Outcome) -> list[dict[str, Any]]:
    return (
        [json.loads(line) for line in outcome.quarantine.read_text().splitlines()]
        if outcome.quarantine
        else []
    )


def problems(outcome: Outcome) -> list[tuple[int, str | None, str]]:
    return [(problem["row"], problem["field"], problem["reason"]) for problem in quarantined(outcome)]


ROW = "SELECT DATE '2013-01-01' AS moment, 'UA' AS carrier, 1 AS distance, 1 AS seats, true AS late"


def parquet(query: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as database:
        database.execute(f"COPY ({query}) TO '{folder}/a.parquet' (FORMAT parquet)")
        return (Path(folder) / "a.parquet").read_bytes()
