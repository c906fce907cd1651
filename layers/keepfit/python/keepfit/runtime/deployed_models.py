"""The models that are deployed, by their subscriptions."""

from __future__ import annotations

from keepfit import variables
from keepfit.adapters.aws.dynamodb_items import ModelItems
from keepfit.adapters.aws.dynamodb_ledger import DynamoLedger
from keepfit.adapters.aws.dynamodb_versions import DynamoVersions
from keepfit.adapters.aws.s3_artifacts import S3Artifacts
from keepfit.adapters.aws.ssm_subscriptions import SsmSubscriptions
from keepfit.errors import NotFound
from keepfit.runtime.settings import setting
from keepfit.serving.access.grant import Grant
from keepfit.serving.repository.deployed import DeployedModel
from keepfit.training.runs.model_subscription import Subscription


def deployed_model(name: str, grant: Grant | None = None) -> DeployedModel:
    """The model of this name. Raises NotFound, with those that the grant reaches, where there is none."""
    try:
        subscribed = _subscriptions().get(name)
    except NotFound as error:
        there = ", ".join(each.name for each in deployed_models(grant)) or "none"
        raise NotFound(f"no model {name!r} is deployed; those that are: {there}") from error
    model = _model(subscribed)
    if model is None:
        raise NotFound(f"the stack of {name} is of an older release of keepfit; deploy it again")
    return model


def deployed_models(grant: Grant | None = None) -> list[DeployedModel]:
    """The deployed models, in the order of their names, but for stacks of older releases.

    With a ``grant`` those alone that it reaches.
    """
    reached = (each for each in _subscriptions().all() if grant is None or grant.reaches(each.model))
    return [model for each in reached if (model := _model(each)) is not None]


class DeployedModels:
    """See ``descriptions.answers.ModelRepository``; with a ``grant`` the models that it reaches."""

    def __init__(self, grant: Grant | None) -> None:
        self._grant = grant

    def model(self, name: str) -> DeployedModel:
        return deployed_model(name, self._grant)

    def models(self) -> list[DeployedModel]:
        return deployed_models(self._grant)


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
        takes_outcomes=subscribed.takes_outcomes,
    )
