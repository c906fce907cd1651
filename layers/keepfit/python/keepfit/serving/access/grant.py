"""The grant of a client of the API: its scopes, models and tenant, as groups that its tokens name."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec

from keepfit.api_routes import FEATURE_WRITERS, OUTCOME_WRITERS

INFER: Final = "infer"
READ: Final = "read"
WRITE_FEATURES: Final = "write-features"
WRITE_OUTCOMES: Final = "write-outcomes"
SCOPES: Final = (INFER, READ, WRITE_FEATURES, WRITE_OUTCOMES)
USUAL_SCOPES: Final = frozenset((INFER, READ))
"""Of a client that is added without any, and of those from before there were scopes."""
ANY_MODEL: Final = "*"
"""Stands for every model, those of the future included; no model is named so."""

_SCOPE, _MODEL, _TENANT = "scope", "model", "tenant"
_KINDS: Final = (_SCOPE, _MODEL, _TENANT)
# Groups of clients that were let write before there were scopes; they may do the usual, too.
_FORMER: Final = {FEATURE_WRITERS: WRITE_FEATURES, OUTCOME_WRITERS: WRITE_OUTCOMES}


class Grant(msgspec.Struct, frozen=True, kw_only=True):
    """What a client may do: its ``scopes``, the ``models`` that it reaches by them, and for whom it asks."""

    scopes: frozenset[str] = USUAL_SCOPES
    models: frozenset[str] = frozenset((ANY_MODEL,))
    tenant: str | None = None

    def reaches(self, model: str) -> bool:
        """Whether it may ask this model.

        >>> Grant(models=frozenset({"lateness"})).reaches("price")
        False
        """
        return model in self.models or ANY_MODEL in self.models

    def groups(self) -> list[str]:
        """The groups of the user pool that stand for it.

        >>> Grant(scopes=frozenset({"infer"}), tenant="acme").groups()
        ['model/*', 'scope/infer', 'tenant/acme']
        """
        kept = {_SCOPE: self.scopes, _MODEL: self.models, _TENANT: {self.tenant} - {None}}
        return sorted(f"{kind}/{name}" for kind, names in kept.items() for name in names)


def grant_of(groups: Iterable[str]) -> Grant:
    """The grant that groups stand for; groups of other kinds say nothing.

    A client in none of them is from before there were scopes. One in some of them has what those name and nothing else.

    >>> sorted(grant_of(["scope/infer", "model/lateness"]).scopes)
    ['infer']
    >>> sorted(grant_of(["feature-writers"]).scopes)
    ['infer', 'read', 'write-features']
    """
    named: dict[str, set[str]] = {kind: set() for kind in _KINDS}
    former = set()
    for group in groups:
        kind, _, name = group.partition("/")
        if kind in named and name:
            named[kind].add(name)
        elif group in _FORMER:
            former.add(_FORMER[group])
    if not any(named.values()):
        return Grant(scopes=USUAL_SCOPES | former)
    return Grant(
        scopes=frozenset(named[_SCOPE] | former),
        models=frozenset(named[_MODEL]),
        tenant=min(named[_TENANT], default=None),
    )


def stands_for_grant(group: str) -> bool:
    """Whether a group says what its clients may do.

    >>> stands_for_grant("model/lateness"), stands_for_grant("team/ada")
    (True, False)
    """
    return group in _FORMER or group.partition("/")[0] in _KINDS
