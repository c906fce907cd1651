"""The grant of a client as options name it, checked against what is deployed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from cli.exits import CommandError, Exit
from cli.places.deployment import Deployment
from keepfit.serving.access.grant import ANY_MODEL, SCOPES, WRITE_FEATURES, WRITE_OUTCOMES, Grant
from keepfit.serving.access.quota import Quota

LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-_.")
NO_QUOTA = "none"
# Of a group of a user pool, less the kind before its name.
_MAX_TENANT_LENGTH = 100
# A user is in 100 groups at most; some are left for all that is no model.
_MAX_MODELS = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What options name of a grant; None and False for what they leave as it is."""

    scopes: Sequence[str] | None = None
    models: Sequence[str] | None = None
    tenant: str | None = None
    quota: str | None = None
    no_tenant: bool = False


def asked_grant(deployment: Deployment, present: Grant, asked: Asked) -> Grant:
    """The present grant with the values that options name.

    Raises:
        CommandError: a scope that there is not, or that opens nothing here; a model that is not deployed; a name of a
            tenant that is none; a quota that limits nothing.
    """
    scopes, models, tenant = asked.scopes, asked.models, asked.tenant
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
    return Grant(
        scopes=frozenset(scopes) if scopes else present.scopes,
        models=frozenset(models) if models else present.models,
        tenant=tenant or (None if asked.no_tenant else present.tenant),
        quota=present.quota if asked.quota is None else _quota(asked.quota),
    )


def _quota(text: str) -> Quota | None:
    """The quota that is written ``rate=10,burst=20,per_day=5000``, or some of these; ``none`` is none."""
    if text == NO_QUOTA:
        return None
    limits = dict(part.strip().partition("=")[::2] for part in text.split(","))
    try:
        quota = msgspec.convert(limits, Quota, strict=False)
    except msgspec.ValidationError as error:
        raise CommandError(
            f"{text!r} is no quota ({error}): write rate=10,burst=20,per_day=5000, some of these, or {NO_QUOTA}",
            Exit.USAGE,
        ) from error
    if quota.rate is None and (quota.burst is not None or quota.per_day is None):
        raise CommandError(
            f"{text!r} limits nothing, or a burst of no rate: name rate, per_day or both", Exit.USAGE
        )
    return quota


def _check_scope(deployment: Deployment, scope: str) -> None:
    if scope not in SCOPES:
        raise CommandError(f"there is no scope {scope!r}; the scopes are: {', '.join(SCOPES)}", Exit.USAGE)
    if scope == WRITE_FEATURES and not deployment.online_views:
        raise CommandError("no view is online here, so that there is nothing to write", Exit.REFUSED)
    if scope == WRITE_OUTCOMES and not any("OutcomesDataset" in each for each in deployment.models.values()):
        raise CommandError(
            "no model here takes outcomes by prediction id; [model.<name>.outcomes] lets one", Exit.REFUSED
        )
