"""A place for commands to work at: stacks and executions made up here, what is not made up as moto plays AWS."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from cli.places.place import Place
from keepfit.adapters.aws import clients
from tests.unit.views.support.history import EXECUTION, MODEL

PLATFORM = {
    "IntakeBucket": "intake",
    "LakeBucket": "lake",
    "ArtifactsBucket": "artifacts",
    "RegistryTable": "registry",
    "UserPoolId": "pool",
    "UserPoolClientId": "sign-in",
    "ApiId": "api",
    "IngestFunction": "ingest",
    "ForgetFunction": "forget",
    "WithdrawFunction": "withdraw",
    "RegisterTableFunction": "register",
    "QueryWorkgroup": "keepfit",
    "NotifyFunction": "notify",
    "BatchMachine": "arn:aws:states:us-east-1:123456789012:stateMachine:keepfit-platform-batches",
    "DatasetFlights": "flights",
}
OUTPUTS = {
    "Model": MODEL,
    "StateMachine": "arn:aws:states:us-east-1:123456789012:stateMachine:delay",
    "PredictFunction": "predict",
    "StackId": "stack",
    "MoveAliasFunction": "move-alias",
    "CloseRunFunction": "close-run",
    "MonitorFunction": "monitor",
    "DriftAlarm": "keepfit-delay-drift",
    "HeartbeatAlarm": "keepfit-delay-heartbeat",
    "PredictRoute": "POST /models/delay/predict",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class StandIn(Place):
    """``fakes`` are the services that moto cannot play without more packages."""

    fakes: dict[str, Any] = field(default_factory=dict)

    def enter(self) -> None:
        """Nothing: this process is here already."""

    def client(self, service: str) -> Any:
        return self.fakes.get(service) or clients.client(service)


class Stacks:
    """CloudFormation, as far as reading outputs goes."""

    def __init__(self, stacks: dict[str, dict[str, str]]) -> None:
        self.stacks = stacks

    def get_paginator(self, operation: str) -> Stacks:
        assert operation == "describe_stacks"
        return self

    def paginate(self) -> Iterator[dict[str, Any]]:
        for name, outputs in self.stacks.items():
            listed = [{"OutputKey": key, "OutputValue": value} for key, value in outputs.items()]
            yield {"Stacks": [{"StackName": name, "StackStatus": "CREATE_COMPLETE", "Outputs": listed}]}


@dataclass(slots=True)
class States:
    """Step Functions: executions end as ``ends`` says; the last answer stays."""

    ends: list[dict[str, Any]] = field(default_factory=lambda: [{"status": "RUNNING"}])
    started: list[dict[str, Any]] = field(default_factory=list)
    execution: str = EXECUTION

    def start_execution(self, **asked: Any) -> dict[str, Any]:
        self.started.append({**asked, "input": json.loads(asked["input"])})
        return {"executionArn": self.execution}

    def describe_execution(self, **asked: str) -> dict[str, Any]:
        assert asked == {"executionArn": self.execution}
        return self.ends.pop(0) if len(self.ends) > 1 else self.ends[0]

    def get_execution_history(self, **_asked: Any) -> dict[str, Any]:
        return {"events": [{"type": "TaskStateEntered", "stateEnteredEventDetails": {"name": "Admit"}}]}


@dataclass(slots=True)
class WebServer:
    """An HTTP server on this machine that answers from ``answers`` by path, and remembers what it was asked."""

    answers: dict[str, tuple[int, Any]] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    url: str = ""

    @contextmanager
    def running(self) -> Iterator[WebServer]:
        server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield self
        finally:
            server.shutdown()
            thread.join()
            server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.do_POST()

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                headers = {name.lower(): value for name, value in self.headers.items()}
                outer.asked.append((self.path, headers, body))
                status, answer = outer.answers.get(self.path, (404, {"message": "Not Found"}))
                data = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("content-length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_said: Any) -> None:
                """Nothing: the output of a command is what is tested."""

        return Handler
