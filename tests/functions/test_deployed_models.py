"""Deployed models are found by what their stacks publish, of whatever release those are."""

from __future__ import annotations

import msgspec
import pytest

from keepfit import variables
from keepfit.adapters.aws.clients import client
from keepfit.errors import NotFound
from keepfit.runtime.deployed_models import deployed_model, deployed_models
from tests.unit.training.runs.test_event_routing import subscription


@pytest.fixture(autouse=True)
def three_stacks(training_stack: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """One of now, one of before stacks told what predicts, and one of before they told their id."""
    monkeypatch.setenv(variables.SUBSCRIPTIONS, "/keepfit/models")
    for model, told in {
        "delay": {"predict": "predict-delay", "stack": "arn:stack"},
        "former": {"stack": None},
        "late": {"predict": "predict-late", "stack": None},
    }.items():
        published = msgspec.structs.replace(subscription(model, "flights"), **told)
        body = msgspec.json.encode(published).decode()
        client("ssm").put_parameter(Name=f"/keepfit/models/{model}", Value=body, Type="String")


def test_a_stack_of_an_older_release_hides_no_other_model() -> None:
    assert [(each.name, each.function) for each in deployed_models()] == [("delay", "predict-delay")]
    assert deployed_model("delay").function == "predict-delay"


@pytest.mark.parametrize("model", ["former", "late"])
def test_the_model_of_an_older_stack_is_not_found_and_why_is_told(model: str) -> None:
    with pytest.raises(NotFound, match=f"the stack of {model} is of an older release of keepfit"):
        deployed_model(model)


def test_of_a_model_that_is_not_there_those_are_told_that_are() -> None:
    with pytest.raises(NotFound, match=r"no model 'other' is deployed; those that are: delay$"):
        deployed_model("other")
