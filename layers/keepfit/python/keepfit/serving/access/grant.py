"""The grant of a client of the API: scopes, models, tenant and quota, as groups of the user pool."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from keepfit.api_routes import FEATURE_WRITERS, OUTCOME_WRITERS
from keepfit.serving.access.quota import Quota

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
_RATE, _BURST, _PER_DAY = "rate", "burst", "per-day"
_KINDS: Final = (_SCOPE, _MODEL, _TENANT, _RATE, _BURST, _PER_DAY)
# Groups of clients that were let write before there were scopes; they may do the usual, too.
_FORMER: Final = {FEATURE_WRITERS: WRITE_FEATURES, OUTCOME_WRITERS: WRITE_OUTCOMES}


class Grant(msgspec.Struct, frozen=True, kw_only=True):
    """What a client may do: its ``scopes``, the ``models`` that it reaches, for whom and how often."""

    scopes: frozenset[str] = USUAL_SCOPES
    models: frozenset[str] = frozenset((ANY_MODEL,))
    tenant: str | None = None
    quota: Quota | None = None

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
        quota = self.quota or Quota()
        single = {_TENANT: self.tenant, _RATE: quota.rate, _BURST: quota.burst, _PER_DAY: quota.per_day}
        kept = {
            _SCOPE: self.scopes,
            _MODEL: self.models,
            **{kind: {one} - {None} for kind, one in single.items()},
        }
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
        quota=_quota(named),
    )


def _quota(named: Mapping[str, set[str]]) -> Quota | None:
    """The quota that groups name, the least of each kind; a small one where they cannot be read."""
    kinds = (("rate", _RATE), ("burst", _BURST), ("per_day", _PER_DAY))
    try:
        limits = {name: min(map(float, named[kind])) for name, kind in kinds if named[kind]}
        return msgspec.convert(limits, Quota, strict=False) if limits else None
    except ValueError:
        return Quota(rate=1)


def stands_for_grant(group: str) -> bool:
    """Whether a group says what its clients may do.

    >>> stands_for_grant("model/lateness"), stands_for_grant("team/ada")
    (True, False)
    """
    return group in _FORMER or group.partition("/")[0] in _KINDS
