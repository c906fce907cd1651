"""The champion: which model version serves.

The alias names a Lambda version, and the registry knows the model version inside it.
"""

from __future__ import annotations

import msgspec

from keepfit.errors import NotFound
from keepfit.registry.ports import Versions

UNRELEASED = "1"
"""The Lambda version that answers "no model released yet"."""


class Champion(msgspec.Struct, frozen=True, kw_only=True):
    """The model version that serves, and the Lambda version that is its release."""

    version: int
    lambda_version: str


def champion_behind(lambda_version: str | None, versions: Versions) -> Champion | None:
    """The champion behind the alias ``live``; None before the first release.

    Raises:
        NotFound: the alias points to a Lambda version that keepfit did not publish.
    """
    if lambda_version in (None, UNRELEASED):
        return None
    release = versions.release(lambda_version)
    if release is None:
        raise NotFound(
            f"the alias points to Lambda version {lambda_version}, which is not in the registry; "
            "run `keepfit rollback <model> --to <n> --why ...` to a known one"
        )
    return Champion(version=release.version, lambda_version=lambda_version)
