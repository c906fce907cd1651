"""The product's functions one after another, as the state machine and its rules call them, in any weather."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest

from keepfit.adapters.aws.clients import client
from keepfit.adapters.aws.dynamodb_items import ModelItems
from keepfit.definitions import compiling
from keepfit.definitions.compiled_model import CompiledDataset, CompiledDatasets, encode
from keepfit.instants import from_iso, to_iso
from tests.functions.conftest import Load
from tests.functions.fault_injection import Weather
from tests.functions.inference import FUNCTION, Inference, prepared_release
from tests.functions.small_run import ARTIFACTS
from tests.unit.monitoring.support.logs import line, log_object

ITEMS = ModelItems(table="registry", model="delay")
START = datetime(2013, 1, 1, tzinfo=UTC)
_TOML = """
[dataset.flights]
event_time = "departure"
[dataset.flights.fields]
departure = { type = "timestamp" }
distance  = { type = "float", min = 0 }
late      = { type = "bool", nullable = true }
[model.delay]
dataset  = "flights"
label    = "late"
inputs   = ["departure", "distance"]
[model.delay.training]
holdout      = "5d"
minimum_rows = 100
[model.delay.training.candidates.logistic]
algorithm = "logistic_regression"
[model.delay.gates]
min_gain = -1.0
[model.delay.release]
minimum_requests = 20
[model.delay.monitoring]
minimum_rows = 20
[model.delay.retraining]
cooldown = "0s"
"""
_ROLE = "arn:aws:iam::123456789012:role/states"


def _row(hour: int) -> str:
    distance = hour * 37 % 2000
    late = (distance > 1000) != (hour % 10 == 0)
    return f"{to_iso(START + timedelta(hours=hour))},{distance},{str(late).lower()}\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What the model ``delay`` is about: its definition, and a file of its dataset ``flights``.

    Args:
        definition: TOML.
        header: names of the file's columns.
        row: an hour's line.
    """

    definition: str = _TOML
    header: str = "departure,distance,late"
    row: Callable[[int], str] = _row


class WholeLoop:
    """Everything that one model has, and what is done with it; each step is repeated until it is done.

    Without a ``seed``, nothing that is asked of AWS goes wrong.
    """

    def __init__(
        self,
        seed: int | None,
        folder: Path,
        load: Load,
        context: SimpleNamespace,
        patch: pytest.MonkeyPatch,
        world: World | None = None,
    ) -> None:
        self.world = world or World()
        patch.setenv("KEEPFIT_LAKE_BUCKET", "lake")
        patch.setenv("KEEPFIT_INTAKE_BUCKET", "intake")
        patch.setenv("KEEPFIT_CATALOGUE_DATABASE", "keepfit")
        client("glue").create_database(DatabaseInput={"Name": "keepfit"})
        for bucket in ("intake", "lake"):
            client("s3").create_bucket(Bucket=bucket)
            client("s3").put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        (folder / "delay.toml").write_text(self.world.definition)
        loaded = compiling.load(folder)
        compiled = compiling.compile_model(loaded, "delay")
        dataset = CompiledDataset(name="flights", definition=compiled.datasets["flights"])
        datasets = CompiledDatasets(datasets={"flights": dataset})
        ARTIFACTS.put("assets/definition.json", encode(compiled))
        ARTIFACTS.put("assets/datasets.json", encode(datasets))
        self.inference = Inference(folder / "unpacked", patch)
        self.weather = Weather(0, patch, share=0.0) if seed is None else Weather(seed, patch)
        self._machine = client("stepfunctions").create_state_machine(
            name="delay",
            definition='{"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}',
            roleArn=_ROLE,
        )["stateMachineArn"]
        self._handlers: dict[str, Callable[..., Any]] = {}
        self._load, self._context, self._patch = load, context, patch

    def call(self, name: str, **event: Any) -> Any:
        """What the function answers in the end; in and out is JSON, as it is in AWS."""
        if name not in self._handlers:
            self._handlers[name] = self._load(f"{name}/handler").handler
        asked = json.dumps(event)
        answer = self.weather.retried(lambda: self._handlers[name](json.loads(asked), self._context))
        return json.loads(json.dumps(answer))

    def upload(self, name: str, first_day: int, days: int, bad: str = "") -> dict[str, Any]:
        """An uploaded file as ingest took it, told twice; ``bad`` is a row that is left out."""
        rows = [self.world.row(hour) for hour in range(24 * first_day, 24 * (first_day + days))]
        body = f"{self.world.header}\n" + "".join(rows) + bad
        put = client("s3").put_object(Bucket="intake", Key=f"flights/{name}.csv", Body=body.encode())
        told = {
            "bucket": {"name": "intake"},
            "object": {"key": f"flights/{name}.csv", "version-id": put["VersionId"]},
        }
        first, second = (self.call_of_datasets("ingest_upload", detail=told) for _ in range(2))
        assert second["version"] == first["version"]
        assert second["outcome"] == "already taken"
        return {"dataset": "flights", "version": first["version"]}

    def call_of_datasets(self, name: str, **event: Any) -> Any:
        """What a function answers that was deployed with all datasets, instead of one model."""
        with self._patch.context() as deployed:
            deployed.setenv("KEEPFIT_DEFINITION", "artifacts/assets/datasets.json")
            return self.call(name, **event)

    def admit(
        self, kind: str, detail: dict[str, Any], source: str = "keepfit"
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """A trigger's execution, and what Admit answers it."""
        started = client("stepfunctions").start_execution(stateMachineArn=self._machine, name=uuid4().hex)
        execution = {"arn": started["executionArn"], "started_at": to_iso(started["startDate"])}
        event = {"id": execution["arn"], "source": source, "detail-type": kind, "detail": detail}
        event["time"] = execution["started_at"]
        return execution, self.call("admit_trigger", event=event, execution=execution)

    def train(self, run_id: str) -> dict[str, Any]:
        """From an admitted run to what a release step is asked about."""
        run = {"run_id": run_id}
        built = self.call("build_training_set", **run)
        for candidate in built["candidates"]:
            assert self.step(run_id, KEEPFIT_CANDIDATE=candidate["name"]) == 0
        for batch in built["batches"]:
            assert self.step(run_id, KEEPFIT_STEP="train_segments", KEEPFIT_SEGMENT_BATCH=str(batch)) == 0
        if built["segmented"]:
            assert self.step(run_id, KEEPFIT_STEP="assemble_segments") == 0
        winner = self.call("judge_candidates", **run)["winner"]
        return {**run, "version": self.call("register_version", winner=winner, **run)["version"]}

    def step(self, run_id: str, **environment: str) -> int:
        """The exit code of a task of a run."""
        with self._patch.context() as task:
            for name, value in {"KEEPFIT_RUN_ID": run_id, **environment}.items():
                task.setenv(name, value)
            code: int = self.weather.endured(self._load("train_candidate/step").main)
        return code

    def prepare(self, event: dict[str, Any]) -> dict[str, Any]:
        return prepared_release(self.call, event)

    def canary(self, event: dict[str, Any], *, failures: int = 0) -> dict[str, Any]:
        """The verdict on a canary that has baked, of whose 50 requests so many failed."""
        started = self.call("move_alias", action="canary", **event)
        assert started["baking"]
        self._answered(event["lambda_version"], {"Invocations": 50, "Errors": failures})
        earlier = to_iso(from_iso(started["started_at"]) - timedelta(minutes=10))
        verdict: dict[str, Any] = self.call("evaluate_canary", **{**event, "started_at": earlier})
        return verdict

    def serve(self, name: str, version: int) -> None:
        """An object of the prediction log with 50 answers of a version."""
        lines = [
            line(
                n,
                model="delay",
                version=version,
                prediction_id=f"{name}-{n}",
                inputs={"departure": to_iso(START), "distance": 40.0 * n},
            )
            for n in range(50)
        ]
        key = f"prediction-log/delay/2026/01/01/00/{name}"
        client("s3").put_object(Bucket="lake", Key=key, Body=log_object(*lines))

    def stop(self, execution: dict[str, Any]) -> None:
        """The execution is stopped, and its end is told to both who clear up, twice."""
        client("stepfunctions").stop_execution(executionArn=execution["arn"])
        milliseconds = int(from_iso(execution["started_at"]).timestamp() * 1000)
        told = {"execution": {"arn": execution["arn"], "started_at": milliseconds}, "reason": "stopped"}
        for _ in range(2):
            self.call("move_alias", action="end canary", **told)
            self.call("close_run", outcome="aborted", **told)

    def _answered(self, lambda_version: str, metrics: dict[str, int]) -> None:
        names = {
            "FunctionName": FUNCTION,
            "Resource": f"{FUNCTION}:live",
            "ExecutedVersion": lambda_version,
        }
        dimensions = [{"Name": name, "Value": value} for name, value in names.items()]
        points = [
            {"MetricName": name, "Dimensions": dimensions, "Timestamp": datetime.now(UTC), "Value": value}
            for name, value in metrics.items()
        ]
        client("cloudwatch").put_metric_data(Namespace="AWS/Lambda", MetricData=points)
