"""The version that was registered last; imported by models whose graph waits for another model alone.

Only those may query the registry for it.
"""

from __future__ import annotations

from keepfit import variables
from keepfit.adapters.aws.dynamodb_versions import DynamoVersions
from keepfit.runtime.registry_items import registry_items
from keepfit.runtime.settings import setting


def newest_version() -> int | None:
    """Its number; None before the first."""
    registered = DynamoVersions(items=registry_items(), stack=setting(variables.STACK_ID)).all()
    return registered[-1].version if registered else None
