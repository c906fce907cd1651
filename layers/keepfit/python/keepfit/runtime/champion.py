"""The present champion of the deployed model."""

from __future__ import annotations

from keepfit import variables
from keepfit.adapters.aws.dynamodb_items import ModelItems
from keepfit.adapters.aws.dynamodb_versions import DynamoVersions
from keepfit.registry.champion import Champion, champion_behind
from keepfit.runtime.live import live_alias
from keepfit.runtime.settings import setting


def present_champion(items: ModelItems) -> Champion | None:
    """The version behind the alias at this moment; None before the first release."""
    lambda_version, _ = live_alias().current()
    return champion_behind(lambda_version, DynamoVersions(items=items, stack=setting(variables.STACK_ID)))
