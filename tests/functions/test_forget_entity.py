"""The function that forgets an entity, as people call it, on buckets with versions."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from keepfit.adapters.aws.clients import client
from keepfit.adapters.aws.dynamodb_datasets import DynamoDatasets
from keepfit.adapters.aws.dynamodb_items import ModelItems
from keepfit.adapters.aws.dynamodb_online import DynamoMaterializations
from keepfit.adapters.aws.dynamodb_runs import DynamoRuns
from keepfit.adapters.aws.s3_lake import S3Lake
from keepfit.definitions.compiled_model import CompiledDataset, CompiledDatasets, CompiledViews, encode
from keepfit.errors import InvalidRequest, NotFound
from keepfit.features.online.materialization import Materialization
from keepfit.layout import rows_folder
from keepfit.training.runs.run import RELEASED, TrainingRun
from keepfit.training.runs.triggers import Trigger
from tests.functions.conftest import Load
from tests.functions.test_ingest_upload import intake, uploaded
from tests.functions.test_materialize_features import VIEW, WEATHER

__all__ = ["intake"]

ROWS = b"station,moment,rain\nnorth,2013-01-01T00:00:00Z,1.5\nsouth,2013-01-01T00:00:00Z,2\n"
ASKED = {"dataset": "weather", "field": "station", "value": "north", "who": "ada", "why": "a letter"}
AT = datetime(2013, 1, 2, tzinfo=UTC)

Call = Callable[..., Any]


@pytest.fixture
def handler(intake: None, load: Load, context: SimpleNamespace) -> Call:
    """The function's handler; one upload of weather was taken, and a run has read it."""
    datasets = CompiledDatasets(datasets={"weather": CompiledDataset(name="weather", definition=WEATHER)})
    client("s3").put_object(Bucket="artifacts", Key="assets/definition.json", Body=encode(datasets))
    assert load("ingest_upload/handler").handler(uploaded("weather/a.csv", ROWS), context)["version"] == 1
    read("1-first")
    context.get_remaining_time_in_millis = lambda: 900_000
    handle = load("forget_entity/handler").handler
    return lambda **changed: handle({**ASKED, **changed}, context)


def read(run_id: str, closed_at: datetime | None = AT) -> TrainingRun:
    """A run that trained a model on the first version, with the rows that it copied."""
    run = TrainingRun(
        run_id=run_id,
        model="showers",
        execution_arn="arn",
        started_at=AT,
        trigger=Trigger(kind="upload", id="e", at=AT),
        data={"weather": 1},
        definition_digest="d",
        code_digest="c",
        closed_at=closed_at,
        outcome=RELEASED if closed_at else None,
        version=4,
    )
    DynamoRuns(ModelItems(table="registry", model="showers")).put(run)
    for name in ("train.parquet", "holdout.jsonl"):
        client("s3").put_object(Bucket="artifacts", Key=f"{rows_folder(run.folder)}/{name}", Body=b"north")
    client("s3").put_object(Bucket="artifacts", Key=f"{run.folder}/run.json", Body=b"{}")
    return run


def keys(bucket: str, prefix: str = "") -> list[str]:
    """Every version of every object."""
    found = client("s3").list_object_versions(Bucket=bucket, Prefix=prefix)
    return [one["Key"] for one in found.get("Versions", ())]


def test_the_entity_is_forgotten_with_the_rows_of_runs(handler: Call, tmp_path: Path) -> None:
    [part] = S3Lake(bucket="lake").manifest("weather", 1).parts
    record = handler()
    assert (record["rows"], record["versions"], record["waits"]) == (1, [2], [])
    assert record["finished_at"]
    assert record["trained"] == [{"model": "showers", "run_id": "1-first", "data_version": 1, "version": 4}]
    now = S3Lake(bucket="lake").manifest("weather", 2)
    assert (now.rows, now.cause and now.cause.why, now.cause and now.cause.record) == (
        1,
        "a letter",
        record["id"],
    )
    assert part.key not in keys("lake")
    assert keys("intake") == []
    assert keys("artifacts", "runs/") == ["runs/showers/1-first/run.json"]
    S3Lake(bucket="lake").get_part(part, tmp_path / "part")
    [file] = DynamoDatasets(table="registry").files("weather")
    assert (file.version, file.status, file.cause and file.cause.kind) == (2, "announced", "forgetting")
    assert handler()["objects"] == []


def test_a_look_tells_what_there_is_and_changes_nothing(handler: Call) -> None:
    before = [keys(bucket) for bucket in ("intake", "lake", "artifacts")]
    found = handler(dry_run=True)
    assert (found["rows"], len(found["trained"]), found["finished_at"]) == (1, 1, None)
    assert {one["place"] for one in found["objects"]} == {"rows", "upload"}
    assert [keys(bucket) for bucket in ("intake", "lake", "artifacts")] == before


def test_a_run_under_way_is_waited_for(handler: Call) -> None:
    under_way = read("2-second", closed_at=None)
    record = handler()
    assert record["waits"] == ["run 2-second of showers reads rows of before, and is under way"]
    assert record["finished_at"] is None
    read(under_way.run_id)
    done = handler()
    assert (done["id"], done["waits"], bool(done["finished_at"])) == (record["id"], [], True)
    assert not [key for key in keys("artifacts", "runs/") if "/rows/" in key]


def test_an_online_view_is_waited_for(handler: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    views = CompiledViews(views={"rain": VIEW}, datasets={"weather": WEATHER})
    client("s3").put_object(Bucket="artifacts", Key="assets/views.json", Body=encode(views))
    monkeypatch.setenv("KEEPFIT_ONLINE_VIEWS", "artifacts/assets/views.json")
    progress = DynamoMaterializations(table="registry")
    progress.put("rain", Materialization(digest="d", version=1, target=1, revision=1))
    assert handler()["waits"] == ["the online view rain has not come to version 2"]
    progress.put("rain", Materialization(digest="d", version=2, target=2, revision=2))
    assert handler()["finished_at"]


def test_no_log_names_the_entity(handler: Call, caplog: pytest.LogCaptureFixture) -> None:
    caplog.clear()
    handler()
    [said] = [vars(one) for one in caplog.records if one.name == "forget_entity"]
    assert (said["message"], said["rows"]) == ("forgotten", 1)
    assert "north" not in str([vars(one) for one in caplog.records])


@pytest.mark.parametrize(
    ("changed", "error", "says"),
    [
        ({"dataset": "wether"}, NotFound, "no dataset is called 'wether'; the datasets are: weather"),
        (
            {"field": "town"},
            InvalidRequest,
            "there is no field 'town'; the fields are: moment, rain, station",
        ),
        ({"value": 7}, InvalidRequest, "forget_entity cannot perform this action"),
    ],
)
def test_what_is_not_understood_is_told(
    handler: Call, changed: dict[str, Any], error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=says):
        handler(**changed)
