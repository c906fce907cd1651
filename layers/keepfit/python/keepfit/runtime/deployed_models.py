"""The models that are deployed, by their subscriptions, and refusals of what is not there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from keepfit import variables
from keepfit.adapters.aws.dynamodb_items import ModelItems
from keepfit.adapters.aws.dynamodb_ledger import DynamoLedger
from keepfit.adapters.aws.dynamodb_versions import DynamoVersions
from keepfit.adapters.aws.s3_artifacts import S3Artifacts
from keepfit.adapters.aws.ssm_subscriptions import SsmSubscriptions
from keepfit.errors import NotFound, Transient
from keepfit.runtime.settings import setting
from keepfit.serving.protocols.open_inference.refusals import as_refusal
from keepfit.serving.repository.deployed import DeployedModel
from keepfit.serving.responses.problem import problem
from keepfit.training.runs.model_subscription import Subscription

_RETRY_AFTER_S: Final = "1"


def refused_or(answer: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """The answer, or 404 where a thing is not there, and 503 where AWS does not answer."""
    try:
        return answer()
    except NotFound as error:
        return as_refusal(problem(404, "not_found", str(error)))
    except Transient as error:
        headers = {"retry-after": _RETRY_AFTER_S}
        return as_refusal(problem(503, "unavailable", f"{error}; try again", headers=headers))


def deployed_model(name: str) -> DeployedModel:
    """The model of this name. Raises NotFound, with those that are deployed, where there is none."""
    try:
        subscribed = _subscriptions().get(name)
    except NotFound as error:
        there = ", ".join(each.name for each in deployed_models()) or "none"
        raise NotFound(f"no model {name!r} is deployed; those that are: {there}") from error
    model = _model(subscribed)
    if model is None:
        raise NotFound(f"the stack of {name} is of an older release of keepfit; deploy it again")
    return model


def deployed_models() -> list[DeployedModel]:
    """Every deployed model, in the order of their names, but for stacks of older releases."""
    return [model for each in _subscriptions().all() if (model := _model(each)) is not None]


def version_of(path: Mapping[str, str]) -> int | None:
    """The version that a path names, if any. Raises NotFound for what is no number."""
    named = path.get("version")
    if named is None:
        return None
    if not named.isascii() or not named.isdecimal():
        raise NotFound(f"{named[:40]!r} is no version: versions are whole numbers from 1")
    return int(named)


def _subscriptions() -> SsmSubscriptions:
    return SsmSubscriptions(path=setting(variables.SUBSCRIPTIONS))


def _model(subscribed: Subscription) -> DeployedModel | None:
    """What a subscription leads to; None where its stack is of a release that did not tell."""
    if subscribed.predict is None or subscribed.stack is None:
        return None
    table = setting(variables.REGISTRY_TABLE)
    own = ModelItems(table=table, model=subscribed.model)
    releases = ModelItems(table=table, model=subscribed.model, kind="ledger")
    return DeployedModel(
        name=subscribed.model,
        function=subscribed.predict,
        ledger=DynamoLedger(items=releases, stack=subscribed.stack),
        versions=DynamoVersions(items=own, stack=subscribed.stack),
        store=S3Artifacts(bucket=setting(variables.ARTIFACTS_BUCKET)),
    )
