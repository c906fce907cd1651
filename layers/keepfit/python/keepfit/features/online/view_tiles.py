"""The tiles of a view with windows."""

from __future__ import annotations

from keepfit.features.online.ports import OnlineStore
from keepfit.features.online.tiles.write import Tiles
from keepfit.features.online.view import OnlineView


def tiles_of(view: OnlineView, store: OnlineStore) -> Tiles:
    """What writes the tiles of a view."""
    return Tiles(view=view.name, tiling=view.tiling, keep=view.tiles_kept, store=store)
