"""The contract of Subscriptions."""

from __future__ import annotations

import json

import msgspec
import pytest

from keepfit.adapters.aws.clients import client
from keepfit.adapters.aws.ssm_subscriptions import SsmSubscriptions
from keepfit.adapters.memory.training import MemorySubscriptions
from keepfit.errors import NotFound
from keepfit.training.runs.model_subscription import Subscription
from keepfit.training.runs.ports import Subscriptions
from tests.unit.training.runs.test_event_routing import subscription

_ALL = [subscription(f"model_{n:03}", "flights", "weather") for n in range(100)]


@pytest.fixture(params=["memory", "ssm"])
def store(request: pytest.FixtureRequest) -> tuple[Subscriptions, list[Subscription]]:
    """More of them than Parameter Store gives at once, stored in another order."""
    if request.param == "memory":
        return MemorySubscriptions(subscriptions=_ALL[::-1]), _ALL
    request.getfixturevalue("aws")
    for each in _ALL[::-1]:
        value = json.dumps(msgspec.to_builtins(each))
        client("ssm").put_parameter(Name=f"/keepfit/models/{each.model}", Value=value, Type="String")
    client("ssm").put_parameter(Name="/keepfit/models-of-others/x", Value="no subscription", Type="String")
    return SsmSubscriptions(path="/keepfit/models"), _ALL


def test_every_subscription_is_found_in_the_order_of_names(
    store: tuple[Subscriptions, list[Subscription]],
) -> None:
    subscriptions, stored = store
    assert subscriptions.all() == stored


def test_a_model_is_found_by_its_name_and_others_are_not(
    store: tuple[Subscriptions, list[Subscription]],
) -> None:
    subscriptions, stored = store
    assert subscriptions.get("model_042") == stored[42]
    for other in ("model_100", "", "model_04", "models/model_042", "../x", "model 042", "m" * 200):
        with pytest.raises(NotFound):
            subscriptions.get(other)


def test_before_the_first_model_there_is_none(aws: None) -> None:
    subscriptions = SsmSubscriptions(path="/keepfit/models")
    assert subscriptions.all() == []
    with pytest.raises(NotFound):
        subscriptions.get("model_000")
