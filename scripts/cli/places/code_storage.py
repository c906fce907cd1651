"""Code storage of AWS Lambda: how much of the quota is used; without any, nothing can be released."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

from cli.places.deployment import Deployment
from keepfit.adapters.aws.clients import translated
from keepfit.errors import KeepfitError

_WARN_ABOVE = 0.8
_GB = 2**30


def code_storage(deployment: Deployment) -> tuple[dict[str, Any] | None, tuple[str, ...]]:
    """Bytes used and allowed, and a message; None where there is no such quota, or it cannot be read."""
    if deployment.place.name != "aws":
        return None, ()
    try:
        with translated("the limits of the account"):
            settings = deployment.place.client("lambda").get_account_settings()
    except (KeepfitError, ClientError) as error:
        return None, (f"How much code storage of Lambda is used is not known: {error}",)
    used, limit = settings["AccountUsage"]["TotalCodeSize"], settings["AccountLimit"]["TotalCodeSize"]
    usage = f"Lambda keeps {used / _GB:.1f} GB of code in this region, of {limit / _GB:.0f} GB"
    warning = (
        "; at the limit nothing is released or deployed any more: let models keep fewer packages "
        "(`release.keep_versions`), delete what else fills it, or ask AWS for more"
    )
    storage = {"used_bytes": used, "limit_bytes": limit, "nearly_full": used > _WARN_ABOVE * limit}
    return storage, (usage + (warning if storage["nearly_full"] else "") + ".",)
