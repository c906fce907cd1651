"""The release that another model's champion asks of a graph; imported by such triggers alone."""

from __future__ import annotations

import msgspec

from keepfit import variables
from keepfit.adapters.aws.dynamodb_versions import DynamoVersions
from keepfit.runtime.champion import present_champion
from keepfit.runtime.registry_items import registry_items
from keepfit.runtime.settings import setting
from keepfit.training.runs.triggers import Trigger


def with_release(trigger: Trigger) -> Trigger:
    """The trigger with the version to release: what serves, or the newest one before the first release."""
    items = registry_items()
    champion = present_champion(items)
    registered = DynamoVersions(items=items, stack=setting(variables.STACK_ID)).all()
    release = champion.version if champion else registered[-1].version if registered else None
    return msgspec.structs.replace(trigger, detail={**trigger.detail, "release": release})
