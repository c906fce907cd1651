"""The path of the subscriptions of models, and the right to read them."""

from __future__ import annotations

from aws_cdk import Stack

from infra.acknowledgements import Acknowledged
from infra.constructs.access import Access

# Every parameter below this path is a model's subscription.
SUBSCRIPTIONS = "/keepfit/models"


def read_subscriptions(stack: Stack) -> Access:
    """Reads the subscriptions of all models at once."""
    path = stack.format_arn(
        service="ssm", resource="parameter", resource_name=SUBSCRIPTIONS.removeprefix("/")
    )
    return Access(actions=("ssm:GetParametersByPath",), resources=(path,))


def read_subscription(stack: Stack) -> Access:
    """Reads the subscription of any one model."""
    path = stack.format_arn(
        service="ssm", resource="parameter", resource_name=f"{SUBSCRIPTIONS.removeprefix('/')}/*"
    )
    return Access(
        actions=("ssm:GetParameter",), resources=(path,), wildcard=Acknowledged.MODELS_NOT_YET_DEPLOYED
    )


def read_subscription_of(stack: Stack, *models: str) -> Access:
    """Reads the subscriptions of these models."""
    prefix = SUBSCRIPTIONS.removeprefix("/")
    paths = [
        stack.format_arn(service="ssm", resource="parameter", resource_name=f"{prefix}/{model}")
        for model in models
    ]
    return Access(actions=("ssm:GetParameter",), resources=tuple(paths))
