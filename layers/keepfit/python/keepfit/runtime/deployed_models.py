"""The models that are deployed, by the subscriptions of their stacks."""

from __future__ import annotations

from keepfit import variables
from keepfit.adapters.aws.dynamodb_items import ModelItems
from keepfit.adapters.aws.dynamodb_ledger import DynamoLedger
from keepfit.adapters.aws.dynamodb_versions import DynamoVersions
from keepfit.adapters.aws.ssm_subscriptions import SsmSubscriptions
from keepfit.runtime.settings import setting
from keepfit.serving.repository.deployed import DeployedModel


def deployed_models() -> dict[str, DeployedModel]:
    """The deployed models by their names, but for stacks of releases that did not tell what predicts."""
    table = setting(variables.REGISTRY_TABLE)
    return {
        each.model: DeployedModel(
            function=each.predict,
            ledger=DynamoLedger(
                items=ModelItems(table=table, model=each.model, kind="ledger"), stack=each.stack
            ),
            versions=DynamoVersions(items=ModelItems(table=table, model=each.model), stack=each.stack),
        )
        for each in SsmSubscriptions(path=setting(variables.SUBSCRIPTIONS)).all()
        if each.predict is not None and each.stack is not None
    }
