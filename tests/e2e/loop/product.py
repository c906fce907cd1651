"""The deployed product, and what people, clients and upstream systems do with it."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
import urllib3
from typer.testing import CliRunner

from cli.app import app
from cli.clients.token import bearer_token
from cli.places.deployment import Deployment
from keepfit import instants
from keepfit.adapters.aws import clients
from keepfit.features.datasets.records import FileRecord, Refusal
from keepfit.layout import ModelScope
from keepfit.registry.champion import Champion
from keepfit.training.runs.run import TrainingRun
from localcloud.cloud import Cloud
from replay.client import PredictionClient
from replay.watch import Watch

MODEL = "flight_delay"
_REFUSALS_LOOKED_AT = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An HTTP answer with its JSON, or its bytes where it has none."""

    status: int
    body: Any


def _reply(answer: urllib3.BaseHTTPResponse) -> Reply:
    is_json = "json" in answer.headers.get("content-type", "")
    return Reply(status=answer.status, body=json.loads(answer.data) if is_json else answer.data)


class Product:
    """One deployed model on an embedded cloud, whose own files are in the folder ``state``."""

    def __init__(self, deployment: Deployment, cloud: Cloud) -> None:
        self.deployment = deployment
        self.state = cloud.status().state
        self.watch = Watch(deployment, MODEL)
        self.requests = PredictionClient(
            deployment.predict_url(MODEL), lambda: bearer_token(deployment), deployment.place.ca_bundle
        )
        self._pool = urllib3.PoolManager(ca_certs=str(deployment.place.ca_bundle), retries=False, timeout=120)

    def enter(self, patch: pytest.MonkeyPatch) -> None:
        """Leads this process to the product's cloud, until ``patch`` is undone."""
        patch.setenv("KEEPFIT_STATE", str(self.state.parent))
        for name, value in self.deployment.place.variables.items():
            patch.setenv(name, value)
        clients.client.cache_clear()

    @property
    def champion(self) -> Champion:
        """Who serves; there is one."""
        found = self.deployment.champion(MODEL)
        assert found is not None
        return found

    def client(self, service: str) -> Any:
        """A boto3 client of the administrator."""
        return self.deployment.place.client(service)

    def post(self, body: bytes, token: str | None, encoding: str | None = None) -> Reply:
        """One prediction request, as it is; ``encoding`` is how its body is said to be packed."""
        headers = {"content-type": "application/json"}
        if encoding is not None:
            headers["content-encoding"] = encoding
        if token is not None:
            headers["authorization"] = f"Bearer {token}"
        return _reply(self._send("POST", ModelScope(MODEL).path, body, headers))

    def knock(self, method: str, path: str, authorization: str | None, body: bytes = b"{}") -> Reply:
        """A request for a path of the API that says who asks, and by default nothing else."""
        headers = {} if authorization is None else {"authorization": authorization}
        return _reply(self._send(method, path, body, headers))

    def call(
        self, method: str, path: str, body: bytes = b"", **headers: str
    ) -> tuple[int, Mapping[str, str], bytes]:
        """Status, headers and body of a request for a path of the API by an authorized client."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        named["authorization"] = f"Bearer {bearer_token(self.deployment)}"
        answer = self._send(method, path, body, named)
        return answer.status, answer.headers, answer.data

    def _send(
        self, method: str, path: str, body: bytes, headers: Mapping[str, str]
    ) -> urllib3.BaseHTTPResponse:
        return self._pool.request(
            method, f"{self.deployment.api_url}{path}", body=body, headers=dict(headers)
        )

    def ask(self, instances: Sequence[dict[str, Any]]) -> Reply:
        """One prediction request of an authorized client."""
        return self.post(json.dumps({"instances": list(instances)}).encode(), bearer_token(self.deployment))

    def put(self, key: str, body: bytes) -> str:
        """Uploads to the intake, and returns the object's version."""
        bucket = self.deployment.platform("IntakeBucket")
        return str(self.client("s3").put_object(Bucket=bucket, Key=key, Body=body)["VersionId"])

    def take_in(self, key: str, body: bytes) -> FileRecord:
        """Uploads what becomes data, and waits until it is."""
        self.put(key, body)
        return self.watch.ingested(key.partition("/")[0], hashlib.sha256(body).hexdigest())

    def refusal(self, key: str) -> Refusal:
        """Why the upload ``key`` was refused, once it was."""

        def look() -> Refusal | None:
            dataset = key.partition("/")[0]
            refusals = self.deployment.datasets.refusals(dataset, _REFUSALS_LOOKED_AT)
            return next((refusal for refusal in refusals if refusal.source.key == key), None)

        return self.watch.until(f"the refusal of {key}", look)

    def run_of(self, execution: str) -> TrainingRun | None:
        """The run that an execution is, once it was admitted."""
        runs = self.deployment.runs(MODEL).newest(50)
        return next((run for run in runs if run.execution_arn == execution), None)

    def ended(self, execution: str, meanwhile: Callable[[], None] = lambda: None) -> dict[str, Any]:
        """The description of an execution once it has ended; ``meanwhile`` is called at each look."""

        def look() -> dict[str, Any] | None:
            meanwhile()
            found = self.client("stepfunctions").describe_execution(executionArn=execution)
            return None if found["status"] == "RUNNING" else dict(found)

        return self.watch.until(f"the end of {execution}", look)

    def alarm_sounds(self) -> None:
        """Returns once the drift alarm is in ALARM."""
        self.watch.until("the drift alarm", lambda: self.watch.alarm_state() == "ALARM")

    def flow(self) -> dict[str, Any]:
        """The deployed definition of the training state machine."""
        return dict(json.loads(self._machine()["definition"]))

    def function_behind(self, state: str) -> str:
        """The ARN of the function that a state of the training state machine calls."""
        return str(self.flow()["States"][state]["Resource"])

    def start_at(self, state: str, document: dict[str, Any]) -> str:
        """Starts the deployed flow, under the same role, in the middle: at ``state``, with what was known there."""
        states = self.client("stepfunctions")
        digest = hashlib.sha256(os.urandom(8)).hexdigest()[:8]
        machine = states.create_state_machine(
            name=f"from-{state}-{digest}",
            definition=json.dumps({**self.flow(), "StartAt": state}),
            roleArn=self._machine()["roleArn"],
        )["stateMachineArn"]
        started = states.start_execution(stateMachineArn=machine, input=json.dumps(document))
        return str(started["executionArn"])

    def keepfit(self, *words: str) -> Any:
        """What the command line answers as JSON."""
        environment = {"KEEPFIT_PLACE": self.deployment.place.name}
        done = CliRunner().invoke(app, [*words, "--json"], env=environment, catch_exceptions=False)
        assert done.exit_code == 0, f"{done.stderr}{done.stdout}"
        return json.loads(done.stdout)

    def _machine(self) -> dict[str, Any]:
        arn = self.deployment.model(MODEL)["StateMachine"]
        return dict(self.client("stepfunctions").describe_state_machine(stateMachineArn=arn))


class Traffic:
    """Clients that go on asking; call it again and again while something else is awaited.

    A canary is proven by requests, and each call sends a few one by one. ``replies`` keeps their statuses.
    """

    def __init__(self, product: Product, instances: Sequence[dict[str, Any]], at_once: int = 20) -> None:
        self.replies: list[tuple[float, int]] = []
        self._product = product
        self._instances = list(instances)
        self._at_once = at_once
        self._sent = 0

    def __call__(self) -> None:
        chosen = [self._instances[(self._sent + n) % len(self._instances)] for n in range(self._at_once)]
        self._sent += self._at_once
        answers = self._product.requests.send(chosen, [1] * len(chosen))
        now = instants.now().timestamp()
        self.replies += [(now, answer.status) for answer in answers]

    def while_baking(self) -> None:
        """The same, while a canary is tried and only then."""
        if self._product.watch.canary_is_live():
            self()

    @property
    def failed(self) -> list[tuple[float, int]]:
        """When the failed ones were seen, and their statuses."""
        return [reply for reply in self.replies if reply[1] != 200]
