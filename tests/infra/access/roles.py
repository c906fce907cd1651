"""Every role of the templates: who has it, what they need it for, and what it is granted."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import msgspec

from planning.templates import Json, Template, actions, resources
from tests.infra.access import services
from tests.infra.access.comparison import Holder, Key, Role
from tests.infra.access.reach import reached
from tests.infra.access.sources import module

# The stack's function answers that nothing is released; what a release puts into its place has the same role.
_DEPLOYED = {"predict_unreleased": ("predict_unreleased", "predict")}
_TASKS = {"train-candidate": "train_candidate", "serve-model": "serve_model"}
# Modules that are imported by their names, where a variable of the function says that there is something for them.
_BY_NAME = {
    "KEEPFIT_CONTAINER": {"keepfit.runtime.live._containers": "keepfit.runtime.live_containers"},
    "KEEPFIT_TOPICS": {"keepfit.runtime.notify_people._senders": "keepfit.runtime.channel_senders"},
}
_NONE = "{}"
# What asks no service by a client, with the action that allows it.
_NO_OPERATION = {
    "keepfit.adapters.aws.signed_requests.SignedRoute.ask": (
        "execute-api:Invoke",
        "a signed request to the API",
    )
}
# A call made only to say more about a refusal: where it is refused as well, nothing is lost.
_MAY_BE_REFUSED = {"keepfit.adapters.aws.s3_objects._is_missing"}


class Assembly:
    """The templates together: a stack may use what another exports."""

    def __init__(self, templates: Mapping[str, Template]) -> None:
        self._templates = templates
        self._exports = {
            output["Export"]["Name"]: (name, output["Value"])
            for name, template in templates.items()
            for output in template.document["Outputs"].values()
            if "Export" in output
        }

    def roles(self) -> dict[Key, Role]:
        found = {
            Key(stack, logical_id): Role()
            for stack, template in self._templates.items()
            for logical_id in template.of("AWS::IAM::Role")
        }
        for stack, template in self._templates.items():
            for owner, statement in template.statements():
                for action in actions(statement):
                    found[Key(stack, owner)].granted[action] |= set(self._places(stack, statement))
            for logical_id, resource in template.document["Resources"].items():
                self._hold(found, stack, logical_id, resource)
        return found

    def _hold(self, roles: Mapping[Key, Role], stack: str, logical_id: str, resource: Json) -> None:
        if resource["Type"].startswith("AWS::IAM::"):
            return
        for path, key in self._given(stack, resource.get("Properties", {})):
            holder = self._holder(stack, resource, path)
            assert holder, f"{stack}: {logical_id} has a role as {path}: say here what it does with it"
            role = roles[key]
            role.holders.add(holder.name)
            for action, reason in holder.needs:
                role.needs[action].add(reason)
            for action, reason in holder.asked:
                role.asked[action].add(reason)

    def _given(self, stack: str, node: Any, path: str = "") -> Iterator[tuple[str, Key]]:
        """Where in a resource's properties a role is handed over."""
        key = self._resource(stack, node)
        if key and self._kind(key) == "AWS::IAM::Role":
            yield path, key
        elif isinstance(node, dict):
            for name, part in node.items():
                yield from self._given(stack, part, f"{path}.{name}".lstrip("."))
        elif isinstance(node, list):
            for number, part in enumerate(node):
                yield from self._given(stack, part, f"{path}.{number}")

    def _holder(self, stack: str, resource: Json, path: str) -> Holder | None:
        properties = resource["Properties"]
        match resource["Type"], re.sub(r"\.\d+", "", path):
            case "AWS::Lambda::Function", "Role":
                variables = properties["Environment"]["Variables"]
                name = variables["KEEPFIT_FUNCTION"]
                there = tuple(each for each in _BY_NAME if variables.get(each, _NONE) != _NONE)
                code = calls(*_DEPLOYED.get(name, (name,)), there=there)
                return Holder(name, [*code.needs, *services.of_function(properties)], code.asked)
            case "AWS::ECS::TaskDefinition", "TaskRoleArn":
                [container] = properties["ContainerDefinitions"]
                return calls(_TASKS[container["Name"]])
            case "AWS::Events::Rule", "Targets.RoleArn":
                target = properties["Targets"][int(path.split(".")[1])]
                return Holder("event rule", [self._targeted(stack, target)])
            case "AWS::Scheduler::Schedule", "Target.RoleArn":
                needs = [self._targeted(stack, properties["Target"]), *services.of_schedule(properties)]
                return Holder("schedule", needs)
            case kind, where:
                name, needs = services.BY_THEMSELVES.get((kind, where), ("", lambda _: ()))
                return Holder(name, list(needs(properties))) if name else None

    def _targeted(self, stack: str, target: Json) -> tuple[str, str]:
        key = self._resource(stack, target["Arn"])
        assert key, f"{stack}: the target {target['Arn']} is no resource of keepfit"
        return services.of_target(self._kind(key))

    def _kind(self, key: Key) -> str:
        kind: str = self._templates[key.stack].document["Resources"][key.logical_id]["Type"]
        return kind

    def _resource(self, stack: str, node: Any) -> Key | None:
        """The resource that a value is an attribute of, through an export where it is another stack's."""
        match node:
            case {"Fn::GetAtt": [str(name), *_]} | {"Ref": str(name)}:
                known = name in self._templates[stack].document["Resources"]
                return Key(stack, name) if known else None
            case {"Fn::ImportValue": str(name)}:
                return self._resource(*self._exports[name])
        return None

    def _places(self, stack: str, statement: Json) -> Iterator[str]:
        """Each resource with each value that a condition allows."""
        limits = [
            [f"{name.rpartition(':')[2]} {_address(self._text(stack, value))}" for value in _many(values)]
            for keys in statement.get("Condition", {}).values()
            for name, values in keys.items()
        ]
        where = [_address(self._text(stack, resource)) for resource in resources(statement)]
        yield from map("; ".join, product(where, *limits))

    def _text(self, stack: str, node: Any) -> str:
        match node:
            case str():
                return node
            case {"Fn::Join": [str(between), list(parts)]}:
                return between.join(self._text(stack, part) for part in parts)
            case {"Fn::Sub": str(text)}:
                return text.replace("${AWS::", "<").replace("}", ">")
            case {"Fn::ImportValue": str(name)}:
                return self._text(*self._exports[name])
            case {"Ref": str(name)} | {"Fn::GetAtt": [str(name), *_]}:
                return f"<{re.sub(r'[0-9A-F]{8}$', '', name.removeprefix('AWS::'))}>"
        raise AssertionError(f"{node} is not known to name a resource")


folder: Path | None = None
"""Where the processes of a session keep what each function's code needs: to follow it takes seconds."""


@cache
def calls(*functions: str, there: tuple[str, ...] = ()) -> Holder:
    """What the code of functions needs, and what it only asks for, with the operations behind it.

    ``there`` are the variables by which it imports modules by their names.
    """
    kept = folder and folder / f"{'+'.join((*functions, *there))}.json"
    if kept and kept.exists():
        return msgspec.json.decode(kept.read_bytes(), type=Holder)
    found = _followed(functions, there)
    if kept:
        unfinished = kept.with_suffix(f".{os.getpid()}")
        unfinished.write_bytes(msgspec.json.encode(found))
        unfinished.replace(kept)
    return found


def _followed(functions: tuple[str, ...], there: tuple[str, ...]) -> Holder:
    roots = [module(f"functions.{name}") for name in functions]
    needs, asked = set(), set()
    by_name = {routine: name for each in there for routine, name in _BY_NAME[each].items()}
    found = reached(*filter(None, roots), by_name=by_name)
    needs |= {_NO_OPERATION[str(routine)] for routine in found.routines if str(routine) in _NO_OPERATION}
    for operation, sites in found.operations.items():
        only_asked = {str(site) for site in sites} <= _MAY_BE_REFUSED
        (asked if only_asked else needs).add((operation.action, str(operation)))
    return Holder(functions[0], sorted(needs), sorted(asked))


def _many(values: Any) -> list[Any]:
    return values if isinstance(values, list) else [values]


def _address(text: str) -> str:
    """The part of an ARN that tells one from another."""
    return re.sub(r"^arn:[^:]*:[^:]*:[^:]*:[^:]*:(table/)?", "", text)
