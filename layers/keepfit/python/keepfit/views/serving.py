"""The view of what serves a model: the champion, and the canary while there is one."""

from __future__ import annotations

import msgspec

from keepfit.registry.champion import Champion, champion_behind
from keepfit.views.stores import ModelStores


class Canary(msgspec.Struct, frozen=True, kw_only=True):
    """A version on trial, and its share of the requests (0 to 1)."""

    version: int
    weight: float


class Serving(msgspec.Struct, frozen=True, kw_only=True):
    """The ``champion``, None before the first release, and the ``canary``, if any."""

    champion: Champion | None
    canary: Canary | None

    @property
    def version(self) -> int | None:
        """The champion's number; None before the first release."""
        return self.champion.version if self.champion else None


def read_serving(stores: ModelStores) -> Serving:
    """Reads the versions behind the alias ``live``.

    Raises:
        NotFound: it points to a Lambda version that keepfit did not publish.
    """
    lambda_version, weights = stores.live.current()
    champion = champion_behind(lambda_version, stores.versions)
    canary, weight = next(iter(weights.items()), (None, 0.0))
    release = stores.versions.release(canary) if canary else None
    return Serving(
        champion=champion, canary=Canary(version=release.version, weight=weight) if release else None
    )
