"""Admit and Close on a bad day of AWS."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from keepfit.adapters.aws.clients import client
from keepfit.adapters.aws.dynamodb_items import ModelItems
from keepfit.adapters.aws.dynamodb_runs import DynamoRuns
from keepfit.definitions.compiled_model import decode_model, encode
from tests.functions.conftest import Load
from tests.functions.fault_injection import Weather
from tests.functions.small_run import ARTIFACTS, compiled

pytestmark = pytest.mark.usefixtures("training_stack")

RUNS = DynamoRuns(ModelItems(table="registry", model="delay"))


@pytest.mark.parametrize("seed", range(3))
def test_no_effect_is_lost_or_doubled(
    seed: int, load: Load, context: SimpleNamespace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ARTIFACTS.put("assets/definition.json", encode(compiled(tmp_path)))
    model = decode_model(ARTIFACTS.get("assets/definition.json"))
    model.definition.retraining.on[:] = ["upload"]
    monkeypatch.setattr("keepfit.runtime.admit_trigger.deployed_model", lambda: model)
    monkeypatch.setattr(client("lambda"), "get_alias", lambda **_: {"FunctionVersion": "1"})
    monkeypatch.setattr(client("stepfunctions"), "describe_execution", lambda **_: {"status": "RUNNING"})
    admit, close = load("admit_trigger/handler").handler, load("close_run/handler").handler
    weather = Weather(seed, monkeypatch)

    def retried(function: Callable[..., dict[str, Any]], event: dict[str, Any]) -> dict[str, Any]:
        return weather.retried(lambda: function(event, context))

    def ask(number: int) -> dict[str, Any]:
        trigger = {
            "id": f"e{number}",
            "source": "keepfit.person",
            "detail-type": "Training Requested",
            "time": "2013-03-01T12:00:00Z",
            "detail": {"by": "ada", "force": True},
        }
        execution = {"arn": f"arn:{number}", "started_at": f"2013-03-01T12:00:{number:02}Z"}
        return retried(admit, {"event": trigger, "execution": execution})

    upload = {"pk": {"S": "dataset#flights"}, "sk": {"S": "head"}, "version": {"N": "1"}}
    client("dynamodb").put_item(TableName="registry", Item=upload)
    for number in range(10):
        first, second = ask(2 * number), ask(2 * number + 1)
        assert (first["admitted"], second["admitted"]) == (True, False)
        assert RUNS.admission().lock_run == first["run_id"]
        assert ARTIFACTS.get(f"runs/delay/{first['run_id']}/run.json")
        retried(close, {"run_id": first["run_id"], "outcome": "released", "version": number})
        assert RUNS.admission().lock_run is None
        assert RUNS.admission().waiting == []
    assert [run.version for run in RUNS.newest(100)] == list(range(9, -1, -1))
    assert len(RUNS.newest_suppressions(100)) == 10
    assert RUNS.admission().admitted_today == 10
    assert weather.faults > 50
