"""A model may ask the functions that nodes of its graph name, and reads no more than their models' champions."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from aws_cdk import App, Stack

from infra.model_context import graph_models
from infra.serving.predict_function import own_functions
from infra.subscriptions import read_subscription_of
from keepfit.definitions import compiling
from keepfit.definitions.compiled_model import CompiledModel
from keepfit.training.runs.model_subscription import Subscription
from tests.unit.definitions.graphs import LOANS

ARN = "arn:aws:lambda:eu-west-1:123456789012:function:rules:live"
_TOML = f"""{LOANS}
forest = {{ model = "forest" }}
rules = {{ function = "{ARN}", deadline_ms = 50, fallback = "own" }}
again = {{ function = "{ARN}", deadline_ms = 20, fallback = "own" }}
blend = {{ ensemble = "mean", of = ["own", "forest", "rules", "again"] }}
"""


@pytest.fixture
def models(tmp_path: Path) -> dict[str, CompiledModel]:
    (tmp_path / "loans.toml").write_text(_TOML)
    return dict(compiling.compile_all(tmp_path).models)


def test_a_model_may_invoke_the_functions_of_its_nodes_alone(models: dict[str, CompiledModel]) -> None:
    [access] = own_functions(models["credit"])
    assert (access.actions, access.resources, access.wildcard) == (("lambda:InvokeFunction",), (ARN,), None)
    assert list(own_functions(models["forest"])) == []


def test_only_the_subscriptions_of_the_models_in_a_graph_are_read(models: dict[str, CompiledModel]) -> None:
    assert [graph_models(models[name]) for name in ("credit", "forest")] == [["forest"], []]
    access = read_subscription_of(Stack(App(), "stack"), *graph_models(models["credit"]))
    assert access.actions == ("ssm:GetParameter",)
    assert [resource.partition(":parameter/")[2] for resource in access.resources] == [
        "keepfit/models/forest"
    ]


def test_a_model_without_a_graph_publishes_the_subscription_that_it_always_did() -> None:
    named = Subscription(
        model="m",
        datasets=[],
        drift_alarm="d",
        machine="a",
        move_alias="v",
        close_run="c",
        predict="p",
        stack="s",
    )
    assert "graph_models" not in msgspec.to_builtins(named)
