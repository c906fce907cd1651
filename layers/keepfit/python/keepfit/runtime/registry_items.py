"""The partitions of the deployed model in the registry table."""

from __future__ import annotations

from keepfit import variables
from keepfit.adapters.aws.dynamodb_items import ModelItems
from keepfit.adapters.aws.dynamodb_ledger import DynamoLedger
from keepfit.runtime.settings import setting


def release_ledger() -> DynamoLedger:
    """The release ledger of the model's stack."""
    items = ModelItems(table=setting(variables.REGISTRY_TABLE), model=setting(variables.MODEL), kind="ledger")
    return DynamoLedger(items=items, stack=setting(variables.STACK_ID))


def registry_items() -> ModelItems:
    """The runs, versions and progress of the model."""
    return ModelItems(table=setting(variables.REGISTRY_TABLE), model=setting(variables.MODEL))
