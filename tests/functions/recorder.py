"""Writes down what each function asks AWS for, and on what, below every client and whatever called it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import pytest
from botocore.client import BaseClient

from keepfit.adapters.aws.clients import client
from tests.functions.conftest import Load
from tests.functions.inference import FUNCTION
from tests.infra.access.operations import Operation, sent

_ENTRIES = ("handler", "main")
# What the templates call these.
_BUCKETS = {"artifacts": "<ModelsArtifacts>", "lake": "<DataLake>", "intake": "<DataIntake>"}
_FUNCTION = "<ServingPredictFunction>"


@dataclass(frozen=True, slots=True, order=True)
class Call:
    """An operation, and the resource of it, as docs/reference/access.md writes it: in one way of several."""

    operation: Operation
    on: tuple[str, ...]


class Recorder:
    """``calls`` by function, of those that ``load`` loaded."""

    def __init__(self, load: Load, patch: pytest.MonkeyPatch) -> None:
        self.calls: defaultdict[str, set[Call]] = defaultdict(set)
        self._load, self._now = load, ""
        make_call = BaseClient._make_api_call  # type: ignore[attr-defined]

        def recorded(asked: BaseClient, operation: str, parameters: dict[str, Any]) -> Any:
            self._note(asked.meta.service_model.service_name, operation, parameters)
            return make_call(asked, operation, parameters)

        patch.setattr(BaseClient, "_make_api_call", recorded)

    def load(self, path: str) -> ModuleType:
        module = self._load(path)
        for entry in _ENTRIES:
            if hasattr(module, entry):
                setattr(module, entry, self._during(path.partition("/")[0], getattr(module, entry)))
        return module

    def hear_invocations(self, patch: pytest.MonkeyPatch) -> None:
        """Of the inference function, which a test answers itself; what it does for that is not the function's.

        Others are not there, and are only asked for.
        """
        answer = client("lambda").invoke

        def invoke(**parameters: Any) -> Any:
            self._note("lambda", "Invoke", parameters)
            there = parameters["FunctionName"] == FUNCTION
            return self._during("", answer)(**parameters) if there else {"StatusCode": 202}

        patch.setattr(client("lambda"), "invoke", invoke)

    def _note(self, service: str, operation: str, parameters: dict[str, Any]) -> None:
        if self._now:
            for one in sent(service, operation, parameters):
                self.calls[self._now] |= {Call(one, on) for on in _resources(one, parameters)}

    def _during(self, name: str, work: Callable[..., Any]) -> Callable[..., Any]:
        def named(*given: Any, **more: Any) -> Any:
            before, self._now = self._now, name
            try:
                return work(*given, **more)
            finally:
                self._now = before

        return named


def _resources(operation: Operation, asked: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    service = operation.service
    if service in _ONE_OF:
        yield (_ONE_OF[service](operation, asked),)
        return
    match service:
        case "dynamodb":
            for partition in _partitions(operation, asked):
                yield (f"<ModelsRegistry>; LeadingKeys {partition}",)
        case "events":
            for entry in asked["Entries"]:
                yield (f"event-bus/default; source {entry['Source']}; detail-type {entry['DetailType']}",)
        case "lambda":
            yield _of_a_function(asked)
        case "glue":
            for resource in _of_a_table(asked):
                yield (resource,)
        case other:
            raise AssertionError(f"{other}: say here how its resources are named")


def _of_a_table(asked: dict[str, Any]) -> tuple[str, ...]:
    """Glue asks for all three."""
    database = asked["DatabaseName"]
    table = asked.get("TableName") or asked.get("Name") or asked["TableInput"]["Name"]
    return "catalog", f"database/{database}", f"{database}/{table}"


def _of_a_function(asked: dict[str, Any]) -> tuple[str, ...]:
    """An alias and the newest version may be meant by the function's own address as well."""
    if asked["FunctionName"] != FUNCTION:
        return (f"function:{asked['FunctionName']}",)
    qualifier = asked.get("Name") or asked.get("Qualifier", "$LATEST")
    qualified = f"{_FUNCTION}:{qualifier}"
    return (qualified,) if qualifier.isdigit() else (_FUNCTION, qualified)


def _of_a_machine(asked: dict[str, Any]) -> str:
    if "stateMachineArn" in asked:
        return f"stateMachine:keepfit-{asked['stateMachineArn'].rpartition(':')[2]}"
    return f"execution:keepfit-{asked['executionArn'].partition(':execution:')[2]}"


def _of_metrics(asked: dict[str, Any]) -> str:
    if names := asked.get("AlarmNames"):
        [name] = names
        return f"alarm:{name}"
    return f"*; namespace {asked['Namespace']}" if "Namespace" in asked else "*"


def _object(operation: Operation, asked: dict[str, Any]) -> str:
    bucket = _BUCKETS[asked["Bucket"]]
    if operation.name == "ListObjectsV2":
        return f"{bucket}; prefix {asked['Prefix']}"
    return f"{bucket}/{asked['Key']}".replace("<ModelsArtifacts>/assets/", "<assets>/")


def _partitions(operation: Operation, asked: dict[str, Any]) -> Iterator[str]:
    items = [item.get(operation.about) for item in asked.get("TransactItems", ())] or [asked]
    for item in filter(None, items):
        key = item.get("Key") or item.get("Item") or {"pk": item["ExpressionAttributeValues"][":pk"]}
        yield key["pk"]["S"]


_ONE_OF: dict[str, Callable[[Operation, dict[str, Any]], str]] = {
    "s3": _object,
    "stepfunctions": lambda _, asked: _of_a_machine(asked),
    "ssm": lambda _, asked: f"parameter{asked['Path']}",
    "cloudwatch": lambda _, asked: _of_metrics(asked),
}
