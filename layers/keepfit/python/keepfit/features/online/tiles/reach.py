"""The moment that windows of a view are kept for; as of earlier ones they are missing."""

from __future__ import annotations

from typing import Final

import msgspec

from keepfit.errors import Conflict
from keepfit.features.online.ports import ItemKey, OnlineStore
from keepfit.layout import ViewScope

REACH: Final = "reach"
"""The item of a view with the first moment that its windows are kept for, microseconds since 1970."""
_MAX_ATTEMPTS: Final = 20

reach_of = msgspec.json.Decoder(int).decode
"""The moment in the text of the item."""


def put_reach(store: OnlineStore, view: str, moment: int, *, only_raise: bool = False) -> None:
    """Records that windows are kept as of ``moment`` and later.

    ``only_raise`` leaves a later moment that is there.

    Raises:
        Conflict: too many others say so; the same call succeeds later.
    """
    key = ItemKey(ViewScope(view).whole, REACH)
    for _ in range(_MAX_ATTEMPTS):
        held = store.read([key]).get(key)
        before = reach_of(held.body) if held else None
        if before == moment or (only_raise and before is not None and before > moment):
            return
        try:
            store.write(key, str(moment), after=held.writes if held else 0, expires_at=None)
        except Conflict:
            continue
        return
    raise Conflict(f"{key.item} of {key.entity} had {_MAX_ATTEMPTS} other writers; try again")
