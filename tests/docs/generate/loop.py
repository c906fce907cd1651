"""The training state machine as a diagram, from its definition."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

from infra.training.state_machine.definition import state_machine_definition
from infra.training.state_machine.state_parameters import StateFunctions
from infra.training.state_machine.training_image import ImageStep, ImageSteps
from keepfit.serving.release_definition import ReleaseDefinition
from keepfit.training.definition import RetrainingDefinition
from tests.docs.generate.markdown import table

_ANY = ["States.ALL"]


def loop() -> str:
    """A Mermaid state diagram with choices as diamonds, and a table of where any other error leads."""
    functions: Any = SimpleNamespace(function_arn="arn")
    step = ImageStep(task={}, function=functions, event={}, on="$.on")
    definition = state_machine_definition(
        StateFunctions(**dict.fromkeys(StateFunctions.__slots__, functions)),
        steps=ImageSteps(select=step, train=step, measure=step, segments={}, assemble={}),
        search=None,
        segments=None,
        release=ReleaseDefinition(),
        retraining=RetrainingDefinition(),
    )
    states: dict[str, Any] = definition["States"]
    lines = ["stateDiagram-v2", f"    [*] --> {definition['StartAt']}"]
    lines += [
        f"    state {_id(name)} <<choice>>" for name, state in states.items() if state["Type"] == "Choice"
    ]
    for name, state in states.items():
        lines += [f"    {line}" for line in _arrows(name, state)]
    return (
        "```mermaid\n" + "\n".join(lines) + "\n```\n\n" + table(["any error in", "leads to"], _caught(states))
    )


def _arrows(name: str, state: dict[str, Any]) -> Iterator[str]:
    for rule in state.get("Choices", []):
        yield f"{_id(name)} --> {_id(rule['Next'])}: {_test(rule)}"
    if "Default" in state:
        yield f"{_id(name)} --> {_id(state['Default'])}: else"
    if "Next" in state:
        yield f"{_id(name)} --> {_id(state['Next'])}"
    for catch in state.get("Catch", []):
        if catch["ErrorEquals"] != _ANY:
            yield f"{_id(name)} --> {_id(catch['Next'])}: {', '.join(catch['ErrorEquals'])}"
    if state["Type"] in ("Succeed", "Fail"):
        yield f"{_id(name)} --> [*]"


def _caught(states: dict[str, Any]) -> list[list[str]]:
    leads: dict[str, list[str]] = {}
    for name, state in states.items():
        for catch in state.get("Catch", []):
            if catch["ErrorEquals"] == _ANY:
                leads.setdefault(catch["Next"], []).append(f"`{name}`")
    return [[", ".join(names), f"`{target}`"] for target, names in leads.items()]


def _test(rule: dict[str, Any]) -> str:
    variable = rule["Variable"].removeprefix("$.")
    ((test, value),) = ((key, value) for key, value in rule.items() if key not in ("Variable", "Next"))
    match test, value:
        case "IsNull", True:
            return f"no {variable}"
        case (("IsString" | "IsNumeric"), True):
            return variable
        case "BooleanEquals", bool():
            return variable if value else f"not {variable}"
        case "StringEquals", _:
            return f"{variable} is {value}"
        case "StringEqualsPath", _:
            return f"{variable} equals {value.removeprefix('$.')}"
    raise ValueError(f"no words for {test} {value!r}")


def _id(name: str) -> str:
    return name.removesuffix("?")
