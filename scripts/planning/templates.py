"""Templates of an assembly, and what is found in them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Template:
    """One stack's template."""

    name: str
    document: Json

    def of(self, kind: str) -> dict[str, Json]:
        """Resources of one type by logical id."""
        return {
            logical_id: resource
            for logical_id, resource in self.document["Resources"].items()
            if resource["Type"] == kind
        }

    def properties(self, kind: str) -> list[Json]:
        return [resource["Properties"] for resource in self.of(kind).values()]

    def functions(self) -> dict[str, Json]:
        """Lambda functions of a package by the name of their folder."""
        return {
            resource["Properties"]["Environment"]["Variables"]["KEEPFIT_FUNCTION"]: resource
            for resource in self.of("AWS::Lambda::Function").values()
            if resource["Properties"].get("PackageType") != "Image"
        }

    def image_function(self) -> Json:
        """The one that is made of the training image."""
        (found,) = (each for each in self.properties("AWS::Lambda::Function") if "PackageType" in each)
        return found

    def layers_of(self, function: Json) -> list[str]:
        """The layers of a function by name, whether this stack has them or another."""
        return [
            layer["Fn::ImportValue"].rpartition("-")[2].lower()
            if "Fn::ImportValue" in layer
            else self.document["Resources"][layer["Ref"]]["Properties"]["Description"].removeprefix(
                "keepfit: "
            )
            for layer in function["Layers"]
        ]

    def statements(self) -> Iterator[tuple[str, Json]]:
        """Every allowing statement of every role of the stack, with the logical id of the role."""
        for policy in self.of("AWS::IAM::Policy").values():
            for statement in policy["Properties"]["PolicyDocument"]["Statement"]:
                for role in policy["Properties"]["Roles"]:
                    yield role["Ref"], statement
        for logical_id, role in self.of("AWS::IAM::Role").items():
            for policy in role["Properties"].get("Policies", []):
                for statement in policy["PolicyDocument"]["Statement"]:
                    yield logical_id, statement

    def allowed(self, function: str) -> set[str]:
        """The actions that the role of a function may do."""
        role = self.functions()[function]["Properties"]["Role"]["Fn::GetAtt"][0]
        return {
            action for owner, statement in self.statements() if owner == role for action in actions(statement)
        }

    def state_machine(self) -> Json:
        """The state machine's definition."""
        (machine,) = self.properties("AWS::StepFunctions::StateMachine")
        definition: Json = machine["Definition"]
        return definition


def actions(statement: Json) -> list[str]:
    """The actions of a statement, one or several."""
    action = statement["Action"]
    return [action] if isinstance(action, str) else list(action)


def resources(statement: Json) -> list[Any]:
    """The resources of a statement, one or several."""
    said = statement["Resource"]
    return list(said) if isinstance(said, list) else [said]


def states(state_machine: Json) -> Iterator[tuple[str, Json]]:
    """Every state of a state machine, those inside Map and Parallel states included."""
    for name, state in state_machine["States"].items():
        yield name, state
        if "ItemProcessor" in state:
            yield from states(state["ItemProcessor"])
        for branch in state.get("Branches", []):
            yield from states(branch)


def read(outdir: Path) -> dict[str, Template]:
    """The templates of an assembly by stack name."""
    suffix = ".template.json"
    return {
        path.name.removesuffix(suffix): Template(path.name.removesuffix(suffix), json.loads(path.read_text()))
        for path in sorted(outdir.glob(f"*{suffix}"))
    }
