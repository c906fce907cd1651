"""The grant of a client as options name it, checked against what is deployed."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from cli.exits import CommandError, Exit
from cli.places.deployment import Deployment
from keepfit.serving.access.grant import ANY_MODEL, SCOPES, WRITE_FEATURES, WRITE_OUTCOMES, Grant

LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-_.")
# Of a group of a user pool, less the kind before its name.
_MAX_TENANT_LENGTH = 100
# A user is in 100 groups at most; some are left for all that is no model.
_MAX_MODELS = 80


def asked_grant(
    deployment: Deployment,
    present: Grant,
    *,
    scopes: Sequence[str] | None,
    models: Sequence[str] | None,
    tenant: str | None,
) -> Grant:
    """Replaces parts of the ``present`` grant by those that options name.

    Raises:
        CommandError: a scope that there is not, or that opens nothing here; a model that is not deployed; a name of a
            tenant that is none.
    """
    for scope in scopes or ():
        _check_scope(deployment, scope)
    for model in models or ():
        if model != ANY_MODEL:
            deployment.model(model)
    if len(models or ()) > _MAX_MODELS:
        raise CommandError(
            f"a client can be given {_MAX_MODELS} models or every one, not {len(models or ())}", Exit.USAGE
        )
    if tenant is not None and (not 0 < len(tenant) <= _MAX_TENANT_LENGTH or not LETTERS.issuperset(tenant)):
        raise CommandError(
            f"{tenant!r} is no name of a tenant: use small letters, digits, - _ and .", Exit.USAGE
        )
    return msgspec.structs.replace(
        present,
        scopes=frozenset(scopes) if scopes else present.scopes,
        models=frozenset(models) if models else present.models,
        tenant=tenant or present.tenant,
    )


def _check_scope(deployment: Deployment, scope: str) -> None:
    if scope not in SCOPES:
        raise CommandError(f"there is no scope {scope!r}; the scopes are: {', '.join(SCOPES)}", Exit.USAGE)
    if scope == WRITE_FEATURES and not deployment.online_views:
        raise CommandError("no view is online here, so that there is nothing to write", Exit.REFUSED)
    if scope == WRITE_OUTCOMES and not any("OutcomesDataset" in each for each in deployment.models.values()):
        raise CommandError(
            "no model here takes outcomes by prediction id; [model.<name>.outcomes] lets one", Exit.REFUSED
        )
