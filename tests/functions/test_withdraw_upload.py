"""The function that takes uploads out of their dataset, and the one that reads them again, as people call them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from keepfit.adapters.aws.clients import client
from keepfit.adapters.aws.dynamodb_datasets import DynamoDatasets
from keepfit.adapters.aws.s3_lake import S3Lake
from keepfit.definitions.compiled_model import CompiledDatasets, encode
from keepfit.errors import InvalidRequest, NotFound
from keepfit.features.schema.definition import Field
from tests.functions.conftest import Load
from tests.functions.test_ingest_upload import DATASET, ROWS, intake, uploaded

__all__ = ["intake"]

BY = {"dataset": "flights", "who": "ada", "why": "the wrong month"}


def taken(load: Load, context: SimpleNamespace) -> dict[str, Any]:
    """The event of an upload that was taken."""
    event = uploaded("flights/a.csv", ROWS)
    assert load("ingest_upload/handler").handler(event, context)["version"] == 1
    return event


def sha256() -> str:
    [record] = DynamoDatasets(table="registry").files("flights")
    return record.source.sha256


@pytest.mark.usefixtures("intake")
def test_an_upload_is_withdrawn_by_its_content(load: Load, context: SimpleNamespace) -> None:
    event = taken(load, context)
    asked = {**BY, "sha256": sha256()}
    withdrawn = load("withdraw_upload/handler").handler(asked, context)
    assert withdrawn == {
        "outcome": "withdrawn",
        "dataset": "flights",
        "key": "flights/a.csv",
        "sha256": asked["sha256"],
        "version": 2,
        "rows": 2,
    }
    manifest = S3Lake(bucket="lake").manifest("flights", 2)
    assert (manifest.parts, manifest.cause and manifest.cause.why) == ([], "the wrong month")
    assert load("ingest_upload/handler").handler(event, context)["outcome"] == "withdrawn"
    assert load("withdraw_upload/handler").handler(asked, context)["outcome"] == "already withdrawn"


def deploy(late: Field) -> None:
    """The definition of the dataset, as it is from now on."""
    fields = {**DATASET.definition.fields, "late": late}
    definition = msgspec.structs.replace(DATASET.definition, fields=fields, max_bad_share=0.9)
    dataset = msgspec.structs.replace(DATASET, definition=definition)
    body = encode(CompiledDatasets(datasets={"flights": dataset}))
    client("s3").put_object(Bucket="artifacts", Key="assets/definition.json", Body=body)


@pytest.mark.usefixtures("intake")
def test_an_object_is_read_again_by_the_definition_that_is_deployed_now(
    load: Load, context: SimpleNamespace
) -> None:
    deploy(late=Field(type="bool"))
    version_id = taken(load, context)["detail"]["object"]["version-id"]
    asked = {"action": "again", "key": "flights/a.csv", "version_id": version_id, **BY}
    handler = load("ingest_upload/handler").handler
    assert handler(asked, context)["outcome"] == "already taken"
    deploy(late=Field(type="bool", nullable=True))
    again = handler(asked, context)
    assert (again["outcome"], again["version"], again["rows"], again["bad_rows"]) == ("taken", 2, 2, 1)
    assert handler(asked, context)["outcome"] == "already taken"
    assert S3Lake(bucket="lake").manifest("flights", 2).rows == 2


@pytest.mark.usefixtures("intake")
@pytest.mark.parametrize("function", ["ingest_upload", "withdraw_upload"])
def test_what_is_not_understood_is_refused(load: Load, context: SimpleNamespace, function: str) -> None:
    with pytest.raises(InvalidRequest, match=f"{function} cannot perform this action"):
        load(f"{function}/handler").handler({"action": "forget", **BY}, context)


@pytest.mark.usefixtures("intake")
def test_a_dataset_that_does_not_exist_is_named_with_those_that_do(
    load: Load, context: SimpleNamespace
) -> None:
    asked = {**BY, "dataset": "fights", "sha256": "aa"}
    with pytest.raises(NotFound, match="no dataset is called 'fights'; the datasets are: flights"):
        load("withdraw_upload/handler").handler(asked, context)
