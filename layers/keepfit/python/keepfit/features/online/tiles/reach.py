"""The moments that windows of a view are kept for; as of others they are missing."""

from __future__ import annotations

from typing import Final

import msgspec

from keepfit.errors import Conflict
from keepfit.features.online.ports import ItemKey, OnlineStore
from keepfit.features.online.tiles.measures import HOUR
from keepfit.layout import ViewScope

REACH: Final = "reach"
"""The item of a view that holds its reach."""
DAY: Final = 24 * HOUR
"""Windows are kept as of so long ago, microseconds."""
_MAX_ATTEMPTS: Final = 20


class Reach(msgspec.Struct, frozen=True, array_like=True):
    """The moments that windows are kept for; microseconds since 1970.

    ``since`` is the first of them, and ``until`` that are kept which are more than a day old; it is 0 but for a replay,
    as tiles go by the clock, when no window of the last day reaches them.
    """

    since: int
    until: int = 0

    def has(self, moment: int, now: int) -> bool:
        """Whether windows as of ``moment`` are there at the instant ``now``."""
        return moment >= self.since and (moment >= now - DAY or now <= self.until)


reach_of = msgspec.json.Decoder(Reach).decode
_encode = msgspec.json.Encoder().encode


def put_reach(store: OnlineStore, view: str, reach: Reach, *, only_shorten: bool = False) -> None:
    """Records the reach of a view; ``only_shorten`` leaves one that begins later.

    Raises:
        Conflict: too many others record it; the same call succeeds later.
    """
    key = ItemKey(ViewScope(view).whole, REACH)
    for _ in range(_MAX_ATTEMPTS):
        held = store.read([key]).get(key)
        before = reach_of(held.body) if held else None
        after = reach
        if before is not None and only_shorten:
            after = Reach(max(before.since, reach.since), before.until)
        if before == after:
            return
        try:
            store.write(key, _encode(after).decode(), after=held.writes if held else 0, expires_at=None)
        except Conflict:
            continue
        return
    raise Conflict(f"{key.item} of {key.entity} had {_MAX_ATTEMPTS} other writers; try again")
