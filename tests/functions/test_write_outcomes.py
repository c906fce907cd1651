"""The function of POST /models/{model}/outcomes, as API Gateway calls it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from keepfit.adapters.aws.clients import client
from keepfit.adapters.aws.dynamodb_datasets import DynamoDatasets
from keepfit.definitions.compiled_model import CompiledDatasets, encode
from keepfit.definitions.compiling import compile_all
from keepfit.errors import ServiceUnavailable
from tests.functions.conftest import ROOT, Load
from tests.functions.live_writes import Ask, asking

TOLD = {"prediction_id": "p1", "outcome": True, "known_at": "2026-01-05T10:00:00Z"}
DELAY = """
[dataset.trips.fields]
station = { type = "category" }
late = { type = "bool" }
[model.delay]
dataset = "trips"
label = "late"
inputs = ["station"]
[model.delay.outcomes]
"""


@pytest.fixture
def ask(
    training_stack: None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    load: Load,
    context: SimpleNamespace,
) -> Ask:
    """Asks the function; clients report outcomes of the model `delay`."""
    (tmp_path / "delay.toml").write_text(DELAY)
    compiled = compile_all(tmp_path)
    own = CompiledDatasets(datasets={"delay": compiled.datasets["delay_outcomes"]})
    client("s3").put_object(Bucket="artifacts", Key="assets/definition.json", Body=encode(own))
    client("s3").create_bucket(Bucket="intake")
    monkeypatch.setenv("KEEPFIT_INTAKE_BUCKET", "intake")
    respond = load("write_outcomes/handler").handler
    return asking(
        respond, context, path="/models/{model}/outcomes", named="delay", groups="[outcome-writers]"
    )


def test_outcomes_are_an_upload_of_their_dataset_named_by_their_event(ask: Ask) -> None:
    status, reported = ask({"outcomes": [TOLD], "event_id": "day-1"})
    assert (status, reported) == (
        202,
        {"model": "delay", "event_id": "day-1", "accepted": 1, "refused": []},
    )
    stored = client("s3").get_object(Bucket="intake", Key="delay_outcomes/live/day-1.jsonl")["Body"].read()
    assert json.loads(stored) == TOLD
    assert ask({"outcomes": [TOLD], "event_id": "day-1"}) == (status, reported)
    status, refused = ask({"outcomes": [{**TOLD, "outcome": False}], "event_id": "day-1"})
    assert (status, refused["code"]) == (409, "event_id_used")


def test_refused_outcomes_are_answered_and_on_record(ask: Ask) -> None:
    status, refused = ask({"outcomes": [{**TOLD, "outcome": "late"}]})
    assert (status, refused["code"]) == (400, "invalid_rows")
    assert [(each["row"], each["field"]) for each in refused["errors"]] == [(0, "outcome")]
    [refusal] = DynamoDatasets(table="registry").refusals("delay_outcomes", 9)
    assert "row 0: outcome" in refusal.reason


@pytest.mark.parametrize(
    ("asked", "status", "code"),
    [
        ({"groups": "[feature-writers]"}, 403, "not_allowed"),
        ({"groups": ""}, 403, "not_allowed"),
        ({"named": "weather"}, 404, "unknown_model"),
        ({"body": "{"}, 400, "invalid_json"),
        ({"body": {"outcomes": [], "more": 1}}, 400, "invalid_json"),
        ({"body": {"outcomes": [TOLD] * 501}}, 413, "too_many_rows"),
    ],
)
def test_what_is_no_report_is_refused(ask: Ask, asked: dict[str, Any], status: int, code: str) -> None:
    answered, body = ask(asked.pop("body", {"outcomes": [TOLD]}), **asked)
    assert (answered, body["code"]) == (status, code)
    assert "Contents" not in client("s3").list_objects_v2(Bucket="intake")


def test_what_the_intake_does_not_take_is_answered_503(ask: Ask) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("keepfit.adapters.aws.s3_artifacts.S3Artifacts.put_new", _fails)
        status, refused = ask({"outcomes": [TOLD]})
    assert (status, refused["code"]) == (503, "not_written")


def test_the_function_needs_no_numbers() -> None:
    looked = "import sys, keepfit.runtime.write_outcomes; print({'numpy', 'duckdb'} & {*sys.modules})"
    path = f"{ROOT / 'layers/keepfit/python'}"
    said = subprocess.run(
        [sys.executable, "-c", looked], capture_output=True, text=True, check=True, env={"PYTHONPATH": path}
    )
    assert said.stdout == "set()\n"


def _fails(*_: object) -> None:
    raise ServiceUnavailable("gone")
