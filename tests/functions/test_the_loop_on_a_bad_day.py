"""Every use case survives a day on which 40 % of its requests to AWS fail."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from keepfit.adapters.aws.clients import client
from keepfit.adapters.aws.dynamodb_datasets import DynamoDatasets
from keepfit.adapters.aws.dynamodb_ledger import DynamoLedger
from keepfit.adapters.aws.dynamodb_monitoring import DynamoProgress
from keepfit.adapters.aws.dynamodb_runs import DynamoRuns
from keepfit.adapters.aws.dynamodb_versions import DynamoVersions
from keepfit.adapters.aws.s3_artifacts import S3Artifacts
from keepfit.adapters.aws.s3_lake import S3Lake
from keepfit.features.datasets.manifest import Counted
from keepfit.registry.ledger import verify
from keepfit.registry.versions import read_files, read_manifest
from tests.docs.storage import undocumented, unseen
from tests.functions.conftest import Load
from tests.functions.inference import FUNCTION
from tests.functions.small_run import ARTIFACTS
from tests.functions.whole_loop import ITEMS, WholeLoop

FIRST = int(os.environ.get("KEEPFIT_FIRST_BAD_DAY", "0"))
FILES = {
    *("model.onnx", "signature.json", "golden.json", "profile.json", "report.json", "judgement.json"),
    "explainer.msgpack",
}
DAYS = int(os.environ.get("KEEPFIT_BAD_DAYS", "1"))


@pytest.mark.parametrize("seed", range(FIRST, FIRST + DAYS))
@pytest.mark.usefixtures("training_stack")
def test_every_step_finishes_and_nothing_is_lost_doubled_or_half_done(
    seed: int,
    tmp_path: Path,
    load: Load,
    context: SimpleNamespace,
    monkeypatch: pytest.MonkeyPatch,
    record_property: Callable[[str, object], None],
) -> None:
    loop = WholeLoop(seed, tmp_path, load, context, monkeypatch)
    first = the_first_release(loop)
    second = a_better_one_is_promoted(loop)
    a_bad_one_is_rolled_back(loop)
    one_is_stopped_in_its_canary(loop)
    a_person_goes_back(loop)
    a_failed_task_is_recorded(loop, second)
    what_came_too_early_is_asked_again(loop)
    one_is_decided_by_replay(loop)
    data_is_taken_back(loop)
    runs_are_closed_and_told_once(first, second)
    versions_are_whole()
    moves_are_told_once(loop)
    rows_are_counted_once()
    all_that_is_kept_is_documented()
    record_property("faults", loop.weather.faults)
    record_property("operations", json.dumps(sorted(loop.weather.struck)))
    assert loop.weather.faults > 100


def the_first_release(loop: WholeLoop) -> str:
    upload = loop.upload("first", first_day=0, days=14)
    _, admitted = loop.admit("Dataset Updated", upload)
    assert admitted["admitted"]
    release = loop.prepare(loop.train(admitted["run_id"]))
    loop.call("move_alias", action="promote", reason="the first", **release)
    _, suppressed = loop.admit("Dataset Updated", upload)  # kept, as a run is under way
    assert not suppressed["admitted"]
    loop.call("close_run", outcome="released", run_id=release["run_id"], version=1)
    loop.serve("a", version=1)
    loop.call("monitor_model", rebaseline=True, run_id=release["run_id"])
    return str(release["run_id"])


def a_better_one_is_promoted(loop: WholeLoop) -> str:
    _, admitted = loop.admit("Dataset Updated", loop.upload("second", first_day=14, days=7))
    release = loop.prepare(loop.train(admitted["run_id"]))
    verdict = loop.canary(release)
    assert verdict["verdict"] == "promote"
    loop.call("move_alias", action="promote", reason=verdict["reason"], **release)
    loop.serve("b", version=2)
    loop.call("monitor_model", rebaseline=True, run_id=release["run_id"])
    loop.call("close_run", outcome="released", run_id=release["run_id"], version=2)
    return str(release["run_id"])


def released_again(loop: WholeLoop, version: int) -> tuple[dict[str, str], dict[str, object]]:
    execution, admitted = loop.admit(
        "Release Requested", {"by": "ada", "why": "again", "release": version}, source="keepfit.person"
    )
    assert admitted["release"] == version
    return execution, loop.prepare({"run_id": admitted["run_id"], "version": version})


def a_bad_one_is_rolled_back(loop: WholeLoop) -> None:
    _, release = released_again(loop, 1)
    verdict = loop.canary(release, failures=40)
    assert verdict["verdict"] == "roll back"
    loop.call("move_alias", action="roll back", reason=verdict["reason"], **release)
    loop.call("close_run", outcome="rolled back", run_id=release["run_id"], version=1)


def one_is_stopped_in_its_canary(loop: WholeLoop) -> None:
    execution, release = released_again(loop, 1)
    loop.canary(release)
    loop.stop(execution)


def a_person_goes_back(loop: WholeLoop) -> None:
    loop.call("move_alias", action="restore", version=1, who="ada", why="to see")
    loop.call("move_alias", action="restore", version=2, who="ada", why="seen")


def a_failed_task_is_recorded(loop: WholeLoop, run_id: str) -> None:
    error = {"Error": "States.TaskFailed", "Cause": '{"StoppedReason": "out of memory", "Containers": []}'}
    for _ in range(2):
        loop.call("record_failure", run_id=run_id, candidate="forest", error=error)
    assert b"out of memory" in ARTIFACTS.get(f"runs/delay/{run_id}/candidates/forest/failed.json")


def what_came_too_early_is_asked_again(loop: WholeLoop) -> None:
    event = {
        "id": "early",
        "source": "keepfit",
        "detail-type": "Dataset Updated",
        "time": "2013-03-01T12:00:00Z",
    }
    asked = loop.call("close_run", ask_again={**event, "detail": {"dataset": "flights", "version": 2}})
    assert asked == {"asked_again": "early"}


def one_is_decided_by_replay(loop: WholeLoop) -> None:
    _, release = released_again(loop, 1)
    copied = loop.call("replay_requests", shadow=True, started_at="2026-01-01T00:00:00Z", **release)
    assert (copied["verdict"], copied["reason"]) == ("promote", "in its shadow no client asked anything")
    loop.call("move_alias", action="canary", **release)
    decided = loop.call("replay_requests", reason="3 of 20 requests in 6h", **release)
    assert decided["verdict"] == "promote"
    assert "20 logged requests and 0 rows of the holdout, 0 failed" in decided["reason"]
    loop.call("move_alias", action="promote", reason=decided["reason"], **release)
    loop.call("close_run", outcome="released", run_id=release["run_id"], version=1)


def data_is_taken_back(loop: WholeLoop) -> None:
    """And comes again, by the same object; each is told twice, as a person does who was not answered."""
    loop.upload("third", first_day=21, days=1, bad="never,7,true\n")
    records = DynamoDatasets(table="registry")
    [record] = [one for one in records.files("flights") if one.version == 3]
    by = {"dataset": "flights", "who": "ada", "why": "the wrong day"}
    assert registered(loop) == (3, 3)
    for _ in range(2):
        gone = loop.call_of_datasets("withdraw_upload", sha256=record.source.sha256, **by)
        assert (gone["version"], gone["rows"]) == (4, 24)
    assert registered(loop) == (4, 2)
    named = {"key": "flights/third.csv", "version_id": record.source.version_id}
    for _ in range(2):
        back = loop.call_of_datasets("ingest_upload", action="again", **named, **by)
        assert (back["version"], back["rows"], back["bad_rows"]) == (5, 24, 1)
    assert registered(loop) == (5, 3)
    lake = S3Lake(bucket="lake")
    assert [len(lake.manifest("flights", version).parts) for version in range(1, 6)] == [1, 2, 3, 2, 3]
    causes = [lake.manifest("flights", version).cause for version in (3, 4, 5)]
    assert [cause.kind for cause in causes if cause] == ["upload", "withdrawal", "again"]


def registered(loop: WholeLoop) -> tuple[int, int]:
    """The version that the dataset's table shows, and of how many uploads, as Glue says once it was told twice."""
    for _ in range(2):
        loop.call_of_datasets("register_table", detail={"dataset": "flights"})
    named = {"DatabaseName": "keepfit", "TableName": "flights"}
    shown = client("glue").get_table(DatabaseName="keepfit", Name="flights")["Table"]["Parameters"]
    return int(shown["keepfit.version"]), len(client("glue").get_partitions(**named)["Partitions"])


def runs_are_closed_and_told_once(first: str, second: str) -> None:
    runs = DynamoRuns(ITEMS)
    assert [(run.outcome, run.version) for run in reversed(runs.newest(10))] == [
        ("released", 1),
        ("released", 2),
        ("rolled back", 1),
        ("aborted", None),
        ("released", 1),
    ]
    assert [run.run_id for run in runs.newest(10)][:2:-1] == [first, second]
    assert len(runs.newest_suppressions(10)) == 1
    admission = runs.admission()
    assert (admission.lock_run, admission.waiting, admission.admitted_today) == (None, [], 2)
    assert len(admission.answered) == 5


def versions_are_whole() -> None:
    versions = DynamoVersions(items=ITEMS, stack="stack")
    assert [version.version for version in versions.all()] == [1, 2]
    for version in versions.all():
        manifest = read_manifest(ARTIFACTS, version)
        assert read_files(ARTIFACTS, version, manifest.files).keys() == manifest.files.keys() == FILES
    assert {key.split("/")[2] for key in ARTIFACTS.list("models/delay/")} == {"000001", "000002"}
    known = {release.lambda_version: release.version for release in versions.releases()}
    published = client("lambda").list_versions_by_function(FunctionName=FUNCTION)["Versions"]
    assert [one["Version"] for one in published] == ["$LATEST", "1", *known]


def moves_are_told_once(loop: WholeLoop) -> None:
    entries = DynamoLedger(items=replace(ITEMS, kind="ledger"), stack="stack").entries()
    verify(entries)
    assert [(entry.action, entry.version, entry.weight) for entry in entries] == [
        ("promote", 1, 1.0),
        ("canary", 2, 0.1),
        ("promote", 2, 1.0),
        ("canary", 1, 0.1),
        ("roll back", 1, 0.0),
        ("canary", 1, 0.1),
        ("roll back", 1, 0.0),
        ("restore", 1, 1.0),
        ("restore", 2, 1.0),
        ("canary", 1, 0.1),
        ("promote", 1, 1.0),
    ]
    alias = client("lambda").get_alias(FunctionName=FUNCTION, Name="live")
    assert entries[-1].revision == alias["RevisionId"]
    assert loop.inference.alias == (entries[-1].lambda_version, {})


def rows_are_counted_once() -> None:
    datasets = DynamoDatasets(table="registry")
    manifest = S3Lake(bucket="lake").manifest("flights", datasets.newest("flights") or 0)
    assert (manifest.version, manifest.rows, len(manifest.parts)) == (5, 24 * 22, 3)
    assert manifest.counted == Counted(rows=24 * 22, by=["departure", "distance", "late"])
    assert datasets.refusals("flights", 10) == []
    progress = DynamoProgress(items=ITEMS).load()
    assert progress.last_key.endswith("/b")
    assert [len(objects) for objects in progress.recent.values()] == [2]
    report = json.loads(S3Artifacts(bucket="lake").get(progress.last_report or ""))
    assert report["rows_by_version"] == {"1": 50, "2": 50}


def all_that_is_kept_is_documented() -> None:
    """Every key and item is described in docs/reference/storage.md, and what is described there exists."""
    not_here = []
    for bucket in ("intake", "lake", "artifacts"):
        heading = f"{bucket.capitalize()} bucket"
        pages = client("s3").get_paginator("list_objects_v2").paginate(Bucket=bucket)
        keys = [item["Key"] for page in pages for item in page["Contents"] if "assets/" not in item["Key"]]
        assert undocumented(heading, keys) == []
        not_here += unseen(heading, keys)
    items = client("dynamodb").scan(TableName="registry")["Items"]
    kept = [f"{item['pk']['S']} {item['sk']['S']}" for item in items]
    assert undocumented("Registry table", kept) == []
    # Nothing here was written in real time, forgotten, refused, lost on its way to the log, asked by SQL, searched, of
    # segments, of own code, imported, scored as a batch, answered by a graph, approved, told people, or served by
    # containers.
    assert [*not_here, *unseen("Registry table", kept)] == [
        "<dataset>/live/<event>.jsonl",
        "batch/<model>/…",
        "datasets/<dataset>/parts/<sha256>-<unique>/_rows.parquet.rewritten.json",
        "datasets/<dataset>/forgotten/<record>.json",
        "datasets/<dataset>/quarantine/<sha256>-<content>.rest.jsonl",
        "prediction-log-errors/<model>/…",
        "query-results/…",
        "batch/<model>/<job>/…",
        "batch-parts/<model>/<job>/part-<number>.csv",
        "runs/<model>/<run>/selection.json",
        "runs/<model>/<run>/segments.json",
        "runs/<model>/<run>/candidates/<candidate>/search/<round>-<worker>.json",
        "runs/<model>/<run>/candidates/<candidate>/trials.json",
        "runs/<model>/<run>/candidates/<candidate>/validation_scores.npy",
        "runs/<model>/<run>/candidates/segmented/segments/<number>.msgpack",
        "runs/<model>/<run>/candidates/segmented/segments.zip",
        "runs/<model>/<run>/candidates/segmented/segments.json",
        "runs/<model>/<run>/candidates/<candidate>/estimator.py",
        "runs/<model>/imported/<sha256>.onnx",
        "models/<model>/<version>/segments.zip",
        "models/<model>/<version>/segments.json",
        "releases/<model>/<version>/<sha256>.graph.json",
        "dataset#<dataset> refusal#<at>#<id>",
        "model#<model> placement#<stack>",
        "model#<model> approval#<run>",
        "notices#<model> <since>#<kind>#<subject>#<state>",
    ]
