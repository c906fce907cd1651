"""The function that takes uploads, as S3 and EventBridge call it."""

from __future__ import annotations

import gzip
import json
import random
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote_plus

import duckdb
import msgspec
import pytest

from keepfit.adapters.aws.clients import client
from keepfit.adapters.aws.dynamodb_datasets import DynamoDatasets
from keepfit.adapters.aws.s3_lake import S3Lake
from keepfit.definitions.compiled_model import CompiledDataset, CompiledDatasets, encode
from keepfit.features.schema.contract import ContractDefinition
from keepfit.features.schema.definition import DatasetDefinition, Field
from keepfit.instants import Duration
from tests.functions.conftest import Load

DATASET = CompiledDataset(
    name="flights",
    definition=DatasetDefinition(
        event_time="moment",
        fields={"moment": Field(type="timestamp"), "late": Field(type="bool", nullable=True)},
        max_bad_share=0.5,
    ),
)
DATASETS = CompiledDatasets(datasets={"flights": DATASET})
ROWS = b"moment,late\n2013-01-01,true\n2013-01-02T00:00:00-05:00,\nnever,true\n"


@pytest.fixture
def intake(training_stack: None, monkeypatch: pytest.MonkeyPatch) -> None:
    for bucket in ("intake", "lake"):
        client("s3").create_bucket(Bucket=bucket)
        client("s3").put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    client("s3").put_object(Bucket="artifacts", Key="assets/definition.json", Body=encode(DATASETS))
    for name, value in (("INTAKE_BUCKET", "intake"), ("LAKE_BUCKET", "lake")):
        monkeypatch.setenv(f"KEEPFIT_{name}", value)


def uploaded(key: str, body: bytes) -> dict[str, Any]:
    """Uploads, and answers with the event that EventBridge makes of it."""
    version = client("s3").put_object(Bucket="intake", Key=key, Body=body)["VersionId"]
    return {
        "source": "aws.s3",
        "detail-type": "Object Created",
        "detail": {
            "bucket": {"name": "intake"},
            "object": {"key": key, "version-id": version, "size": len(body)},
        },
    }


@pytest.mark.usefixtures("intake")
def test_an_upload_event_becomes_a_version(load: Load, context: SimpleNamespace, tmp_path: Path) -> None:
    handler = load("ingest_upload/handler").handler
    taken = handler(uploaded("flights/january 1+2.csv.gz", gzip.compress(ROWS)), context)
    assert (taken["outcome"], taken["version"], taken["rows"], taken["bad_rows"]) == ("taken", 1, 2, 1)
    manifest = S3Lake(bucket="lake").manifest("flights", 1)
    assert manifest.parts[0].source.key == "flights/january 1+2.csv.gz"
    S3Lake(bucket="lake").get_part(manifest.parts[0], tmp_path / "part")
    assert (tmp_path / "part").read_bytes()[:4] == b"PAR1"
    quarantine = client("s3").get_object(Bucket="lake", Key=manifest.parts[0].quarantine)
    assert json.loads(quarantine["Body"].read()) == {
        "row": 4,
        "field": "moment",
        "reason": "is not an ISO 8601 instant such as 2013-01-31T09:30:00-05:00",
        "value": "never",
    }


@pytest.mark.usefixtures("intake")
def test_the_event_s_version_is_read_though_a_newer_one_lies_there(
    load: Load, context: SimpleNamespace
) -> None:
    handler = load("ingest_upload/handler").handler
    event = uploaded("flights/a.csv", ROWS)
    uploaded("flights/a.csv", b"no,header\n1,2\n")
    assert handler(event, context)["outcome"] == "taken"


@pytest.mark.usefixtures("intake")
def test_a_url_encoded_key_is_understood(load: Load, context: SimpleNamespace) -> None:
    event = uploaded("flights/january 1.csv", ROWS)
    event["detail"]["object"]["key"] = quote_plus("flights/january 1.csv", safe="/")
    assert load("ingest_upload/handler").handler(event, context)["outcome"] == "taken"


@pytest.mark.usefixtures("intake")
def test_a_refusal_is_an_answer_so_that_it_is_not_delivered_again(
    load: Load, context: SimpleNamespace
) -> None:
    refused = load("ingest_upload/handler").handler(uploaded("flights/a.csv", b"late\ntrue\n"), context)
    assert refused["outcome"] == "refused"
    assert refused["reason"] == "has no column moment; its columns are late"
    [refusal] = DynamoDatasets(table="registry").refusals("flights", 10)
    assert refusal.reason == refused["reason"]


@pytest.mark.usefixtures("intake")
@pytest.mark.parametrize(("keep", "seconds"), [("400d", 400 * 24 * 60 * 60), (None, None)])
def test_a_refusal_may_quote_the_file_and_expires_as_it_does(
    keep: str | None, seconds: int | None, load: Load, context: SimpleNamespace
) -> None:
    definition = msgspec.structs.replace(DATASET.definition, keep=Duration.parse(keep) if keep else None)
    dataset = msgspec.structs.replace(DATASET, definition=definition)
    client("s3").put_object(
        Bucket="artifacts",
        Key="assets/definition.json",
        Body=encode(CompiledDatasets(datasets={"flights": dataset})),
    )
    load("ingest_upload/handler").handler(uploaded("flights/a.csv", b"late\ntrue\n"), context)
    [refusal] = DynamoDatasets(table="registry").refusals("flights", 9)
    [item] = [item for item in client("dynamodb").scan(TableName="registry")["Items"] if "reason" in item]
    expires = int(item["expires_at"]["N"]) if "expires_at" in item else None
    assert expires == (None if seconds is None else int(refusal.at.timestamp()) + seconds)


@pytest.mark.usefixtures("intake")
def test_a_hundred_shuffled_deliveries_of_five_uploads_make_five_versions(
    load: Load, context: SimpleNamespace
) -> None:
    handler = load("ingest_upload/handler").handler
    events = [
        uploaded(f"flights/{day}.csv", f"moment,late\n2013-01-{day:02},true\n".encode())
        for day in range(1, 6)
    ]
    deliveries = events * 20
    random.Random(0).shuffle(deliveries)
    outcomes = [handler(event, context)["outcome"] for event in deliveries]
    assert (outcomes.count("taken"), outcomes.count("already taken")) == (5, 95)
    assert DynamoDatasets(table="registry").newest("flights") == 5
    assert S3Lake(bucket="lake").manifest("flights", 5).rows == 5


@pytest.mark.usefixtures("intake")
@pytest.mark.parametrize("key", ["unknown/a.csv", "flights.csv", "old/flights/a.csv"])
def test_what_lies_in_no_dataset_s_folder_is_left_alone_with_a_reason(
    load: Load, context: SimpleNamespace, key: str
) -> None:
    ignored = load("ingest_upload/handler").handler(uploaded(key, ROWS), context)
    assert ignored["outcome"] == "ignored"
    assert ignored["reason"].startswith(f"no dataset is called {key.split('/', maxsplit=1)[0]!r}")
    assert DynamoDatasets(table="registry").newest("flights") is None
    assert not client("s3").list_objects_v2(Bucket="lake").get("Contents")


@pytest.mark.usefixtures("intake")
def test_contracts_are_held_against_history_and_other_datasets(load: Load, context: SimpleNamespace) -> None:
    gates = CompiledDataset(name="gates", definition=DatasetDefinition(fields={"gate": Field(type="int")}))
    fields = {**DATASET.definition.fields, "gate": Field(type="int")}
    contracts = [
        ContractDefinition(rule="references", fields=["gate"], dataset="gates"),
        ContractDefinition(rule="row_count", max_share=2.0, severity="warn"),
    ]
    definition = msgspec.structs.replace(DATASET.definition, fields=fields, contracts=contracts)
    flights = msgspec.structs.replace(DATASET, definition=definition)
    body = encode(CompiledDatasets(datasets={"flights": flights, "gates": gates}))
    client("s3").put_object(Bucket="artifacts", Key="assets/definition.json", Body=body)
    handler = load("ingest_upload/handler").handler
    assert handler(uploaded("gates/all.csv", b"gate\n1\n2\n"), context)["outcome"] == "taken"
    for day in (1, 2, 3):
        rows = f"moment,late,gate\n2013-01-0{day},true,1\n2013-01-0{day}T01:00:00Z,true,2\n"
        assert handler(uploaded(f"flights/{day}.csv", rows.encode()), context)["bad_rows"] == 0
    lines = "".join(f"2013-02-01T{hour:02}:00:00Z,true,{1 if hour else 9}\n" for hour in range(6))
    taken = handler(uploaded("flights/4.csv", f"moment,late,gate\n{lines}".encode()), context)
    assert (taken["outcome"], taken["rows"], taken["bad_rows"]) == ("taken", 5, 1)
    told = {one["contract"]: one for one in taken["contracts"]}
    assert told["references gate"]["reason"] == "1 rows: gate is not among gate of gates"
    assert (
        told["row_count"]["reason"] == "it has 5 rows, 2.5 times as many as is usual (2), and may have 0 to 2"
    )
    [record] = [one for one in DynamoDatasets(table="registry").files("flights") if one.version == 4]
    assert [one.contract for one in record.contracts] == ["references gate", "row_count"]


@pytest.mark.usefixtures("intake")
def test_parquet_comes_into_a_dataset_whose_rows_expire(
    load: Load, context: SimpleNamespace, tmp_path: Path
) -> None:
    definition = msgspec.structs.replace(DATASET.definition, keep=Duration.parse("400d"))
    body = encode(
        CompiledDatasets(datasets={"flights": msgspec.structs.replace(DATASET, definition=definition)})
    )
    client("s3").put_object(Bucket="artifacts", Key="assets/definition.json", Body=body)
    path = tmp_path / "a.parquet"
    duckdb.sql(f"COPY (SELECT TIMESTAMP '2013-01-01' AS moment, true AS late) TO '{path}'")
    taken = load("ingest_upload/handler").handler(uploaded("flights/a.parquet", path.read_bytes()), context)
    assert (taken["outcome"], taken["rows"]) == ("taken", 1)
