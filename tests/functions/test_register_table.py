"""DuckDB, pandas and pyarrow read a dataset by what Glue says of it alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import msgspec
import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds
import pytest

from keepfit.adapters.aws.clients import client
from keepfit.adapters.aws.dynamodb_datasets import DynamoDatasets
from keepfit.definitions.compiled_model import CompiledDatasets, encode
from keepfit.errors import InvalidRequest, NotFound
from keepfit.features.schema.definition import Field
from tests.functions.conftest import Load
from tests.functions.test_ingest_upload import DATASET, ROWS, intake, uploaded

__all__ = ["intake"]

MORE = b"moment,late,gate\n2013-02-01,false,7\n2013-02-02,true,\n"
_ARROW = {
    "boolean": pa.bool_(),
    "bigint": pa.int64(),
    "double": pa.float64(),
    "string": pa.string(),
    "timestamp": pa.timestamp("us", tz="UTC"),
    "date": pa.date32(),
}
Rows = list[tuple[datetime, bool | None, int | None]]


@pytest.fixture
def catalogue(intake: None, monkeypatch: pytest.MonkeyPatch) -> None:
    client("glue").create_database(DatabaseInput={"Name": "keepfit"})
    monkeypatch.setenv("KEEPFIT_CATALOGUE_DATABASE", "keepfit")


def updated(dataset: str = "flights") -> dict[str, Any]:
    """The event that a new version sends."""
    return {
        "source": "keepfit",
        "detail-type": "Dataset Updated",
        "detail": {"dataset": dataset, "version": 1},
    }


def add_a_field() -> None:
    fields = {**DATASET.definition.fields, "gate": Field(type="int", nullable=True)}
    definition = msgspec.structs.replace(DATASET.definition, fields=fields)
    dataset = msgspec.structs.replace(DATASET, definition=definition)
    body = encode(CompiledDatasets(datasets={"flights": dataset}))
    client("s3").put_object(Bucket="artifacts", Key="assets/definition.json", Body=body)


class GlueSays:
    """What the Glue Data Catalog says of a table, and the files at the places that it names, copied to ``folder``."""

    def __init__(self, folder: Path) -> None:
        asked = {"DatabaseName": "keepfit", "TableName": "flights"}
        self.table = client("glue").get_table(DatabaseName="keepfit", Name="flights")["Table"]
        self.columns: Mapping[str, str] = {
            column["Name"]: column["Type"] for column in self.table["StorageDescriptor"]["Columns"]
        }
        self.files = []
        for number, partition in enumerate(client("glue").get_partitions(**asked)["Partitions"]):
            storage = partition["StorageDescriptor"]
            assert "ParquetHiveSerDe" in storage["SerdeInfo"]["SerializationLibrary"]
            bucket, _, prefix = storage["Location"].removeprefix("s3://").partition("/")
            assert prefix.endswith("/")
            for item in client("s3").list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", ()):
                self.files.append(str(folder / f"{number}-{len(self.files)}.parquet"))
                client("s3").download_file(bucket, item["Key"], self.files[-1])


def by_duckdb(said: GlueSays) -> Rows:
    columns = ", ".join(
        f'CAST("{name}" AS {_duckdb(kind)}) AS "{name}"' for name, kind in said.columns.items()
    )
    table = f"(SELECT {columns} FROM read_parquet(?, union_by_name = true))"
    with duckdb.connect() as connection:
        asked = f"SELECT epoch_ms(moment), late, gate FROM {table} ORDER BY moment"
        rows = connection.execute(asked, [said.files]).fetchall()
    return [(datetime.fromtimestamp(moment / 1000, UTC), late, gate) for moment, late, gate in rows]


def _duckdb(kind: str) -> str:
    return {"string": "VARCHAR", "timestamp": "TIMESTAMPTZ"}.get(kind, kind)


def by_pandas(said: GlueSays) -> Rows:
    frames = [pd.read_parquet(path) for path in said.files]
    table = pd.concat([frame.reindex(columns=[*said.columns]).astype(object) for frame in frames])
    chosen = table.sort_values("moment")[["moment", "late", "gate"]]
    return [
        (row.moment.to_pydatetime(), *(None if pd.isna(v) else v for v in (row.late, row.gate)))
        for row in chosen.itertuples(index=False)
    ]


def by_pyarrow(said: GlueSays) -> Rows:
    schema = pa.schema([(name, _ARROW[kind]) for name, kind in said.columns.items()])
    rows = ds.dataset(said.files, format="parquet", schema=schema).to_table(["moment", "late", "gate"])
    return [tuple(row.values()) for row in rows.sort_by("moment").to_pylist()]


READERS: dict[str, Callable[[GlueSays], Rows]] = {
    "duckdb": by_duckdb,
    "pandas": by_pandas,
    "pyarrow": by_pyarrow,
}


@pytest.mark.usefixtures("catalogue")
def test_a_table_is_read_by_what_glue_says_alone(
    load: Load, context: SimpleNamespace, tmp_path: Path
) -> None:
    ingest, register = (load(f"{name}/handler").handler for name in ("ingest_upload", "register_table"))
    ingest(uploaded("flights/a.csv", ROWS), context)
    add_a_field()
    ingest(uploaded("flights/b.csv", MORE), context)
    registered = register(updated(), context)
    assert (registered["version"], registered["partitions"], registered["put"]) == (2, 2, 2)
    first = [
        (datetime(2013, 1, 1, tzinfo=UTC), True, None),
        (datetime(2013, 1, 2, 5, tzinfo=UTC), None, None),
    ]
    second = [
        (datetime(2013, 2, 1, tzinfo=UTC), False, 7),
        (datetime(2013, 2, 2, tzinfo=UTC), True, None),
    ]
    (tmp_path / "both").mkdir()
    said = GlueSays(tmp_path / "both")
    for name, read in READERS.items():
        assert read(said) == first + second, name
    withdraw(load, context)
    assert register(updated(), context)["removed"] == 1
    (tmp_path / "one").mkdir()
    said = GlueSays(tmp_path / "one")
    for name, read in READERS.items():
        assert read(said) == second, name


def withdraw(load: Load, context: SimpleNamespace) -> None:
    [sha256] = [r.source.sha256 for r in DynamoDatasets(table="registry").files("flights") if r.version == 1]
    asked = {"dataset": "flights", "sha256": sha256, "who": "ada", "why": "the wrong month"}
    assert load("withdraw_upload/handler").handler(asked, context)["outcome"] == "withdrawn"


@pytest.mark.usefixtures("catalogue")
def test_a_person_may_ask_for_it_by_the_dataset_alone(load: Load, context: SimpleNamespace) -> None:
    load("ingest_upload/handler").handler(uploaded("flights/a.csv", ROWS), context)
    registered = load("register_table/handler").handler({"dataset": "flights"}, context)
    assert registered == {
        "dataset": "flights",
        "version": 1,
        "partitions": 1,
        "put": 1,
        "removed": 0,
        "left_out": [],
    }


@pytest.mark.usefixtures("catalogue")
def test_what_cannot_be_registered_is_told(load: Load, context: SimpleNamespace) -> None:
    handler = load("register_table/handler").handler
    with pytest.raises(NotFound, match="no dataset is called 'nope'; the datasets are: flights"):
        handler(updated("nope"), context)
    with pytest.raises(InvalidRequest, match="needs the name of a dataset"):
        handler({"detail": {}}, context)
