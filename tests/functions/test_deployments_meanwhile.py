"""A deployment moves the files of a stack while its functions work: nothing fails that a moment later would not."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from botocore.exceptions import ClientError

from keepfit.adapters.aws import s3_artifacts
from keepfit.adapters.aws.clients import client
from keepfit.definitions.compiled_model import CompiledDataset, CompiledDatasets, encode
from keepfit.errors import TRANSIENT_NAMES, ServiceUnavailable
from keepfit.serving.release_definition import ReleaseDefinition
from tests.functions.conftest import Load
from tests.functions.inference import Inference, prepared_release
from tests.functions.small_run import ARTIFACTS, compiled
from tests.functions.won_run import WINNER, put_won_run

pytestmark = pytest.mark.usefixtures("training_stack")

DEFINITION, HANDLER = "assets/definition.json", "assets/predict.zip"
UPLOAD = {"detail": {"object": {"key": "flights/a.csv"}}}
EXECUTION = {"arn": "arn:1", "name": "x", "started_at": "2013-03-01T12:00:01.123Z"}
TRIGGER = {
    "id": "e1",
    "source": "keepfit",
    "detail-type": "Dataset Updated",
    "time": "2013-03-01T12:00:00Z",
    "detail": {"dataset": "flights", "version": 1},
}
READERS: dict[str, dict[str, Any]] = {
    "admit_trigger": {"event": TRIGGER, "execution": EXECUTION},
    "monitor_model": {},
    "ingest_upload": UPLOAD,
}


class Guarded:
    """S3 for a role that may not read the files of its stack, old or new."""

    def __init__(self, s3: Any) -> None:
        self._s3 = s3

    def __getattr__(self, name: str) -> Any:
        return getattr(self._s3, name)

    def get_object(self, **asked: Any) -> Any:
        if asked["Key"].startswith("assets/"):
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "GetObject")
        return self._s3.get_object(**asked)


@pytest.fixture(params=["not there", "not allowed"])
def moved(request: pytest.FixtureRequest, training_stack: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The moment in which a function and its role do not agree on where the files are."""
    if request.param == "not allowed":
        guarded = Guarded(client("s3"))
        monkeypatch.setattr(s3_artifacts, "_s3", lambda: guarded)
    else:
        for key in (DEFINITION, HANDLER):
            client("s3").delete_object(Bucket="artifacts", Key=key)


@pytest.mark.usefixtures("moved")
@pytest.mark.parametrize("function", READERS)
def test_a_definition_that_is_being_moved_is_asked_for_again(
    function: str, load: Load, context: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("LAKE_BUCKET", "INTAKE_BUCKET", "DATASET"):
        monkeypatch.setenv(f"KEEPFIT_{name}", "flights")
    with pytest.raises(ServiceUnavailable, match="A deployment may be moving it") as error:
        load(f"{function}/handler").handler(READERS[function], context)
    # What Step Functions retries goes by this name; what is invoked by events is retried whatever it raises.
    assert type(error.value).__name__ in TRANSIENT_NAMES


def test_what_may_not_be_read_for_another_reason_is_told_as_it_is(
    load: Load, context: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEEPFIT_DEFINITION", "no-such-bucket/definition.json")
    with pytest.raises(ClientError, match="NoSuchBucket"):
        load("admit_trigger/handler").handler(READERS["admit_trigger"], context)


def test_an_upload_that_met_a_deployment_is_taken_by_its_next_attempt(
    load: Load, context: SimpleNamespace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for bucket in ("intake", "lake"):
        client("s3").create_bucket(Bucket=bucket)
        monkeypatch.setenv(f"KEEPFIT_{bucket.upper()}_BUCKET", bucket)
    flights = compiled(tmp_path).datasets["flights"]
    client("s3").put_object(Bucket="intake", Key="flights/a.csv", Body=b"")
    handler = load("ingest_upload/handler").handler
    with pytest.raises(ServiceUnavailable):
        handler(UPLOAD, context)
    dataset = CompiledDataset(name="flights", definition=flights)
    ARTIFACTS.put(DEFINITION, encode(CompiledDatasets(datasets={"flights": dataset})))
    assert handler(UPLOAD, context)["outcome"] == "refused"


@pytest.fixture
def inference(training_stack: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Inference:
    return Inference(tmp_path / "unpacked", monkeypatch)


@pytest.fixture
def registered(inference: Inference, load: Load, context: SimpleNamespace) -> dict[str, Any]:
    """The event of PrepareRelease."""
    assert inference.alias == ("1", {})
    put_won_run(ARTIFACTS, "run-1")
    event = {"run_id": "run-1", "winner": WINNER}
    return {**event, **load("register_version/handler").handler(event, context)}


def test_a_handler_that_is_being_moved_is_asked_for_again(
    registered: dict[str, Any], moved: None, load: Load, context: SimpleNamespace
) -> None:
    with pytest.raises(ServiceUnavailable, match="A deployment may be moving it"):
        load("prepare_release/handler").handler(registered, context)


def test_a_canary_is_judged_by_the_definition_of_its_run_whatever_was_deployed_since(
    inference: Inference, load: Load, context: SimpleNamespace, tmp_path: Path
) -> None:
    made = compiled(tmp_path)
    release = ReleaseDefinition(canary=0.3, minimum_requests=1)
    own = msgspec.structs.replace(made, definition=msgspec.structs.replace(made.definition, release=release))
    for number in (1, 2):
        put_won_run(ARTIFACTS, f"run-{number}")
        ARTIFACTS.put(f"runs/delay/run-{number}/definition.json", encode(own))
    move = load("move_alias/handler").handler
    for number in (1, 2):
        run = {"run_id": f"run-{number}"}
        run |= load("register_version/handler").handler({**run, "winner": WINNER}, context)
        run = prepared_release(lambda name, **event: load(f"{name}/handler").handler(event, context), run)
        client("s3").delete_object(Bucket="artifacts", Key=DEFINITION)
        canary = move({"action": "canary", **run}, context)
        if number == 1:
            move({"action": "promote", "reason": "first", **run}, context)
    assert inference.alias == ("2", {"3": 0.3})
    found = load("evaluate_canary/handler").handler({**run, "started_at": str(canary["started_at"])}, context)
    assert found["verdict"] == "baking"
