"""Compiled views that are online, with what materialises and reads them."""

from __future__ import annotations

from keepfit.definitions.compiled_model import decode_views
from keepfit.features.online.view import OnlineView


def decode_online_views(encoded: bytes) -> dict[str, OnlineView]:
    """The online views of a deployed definition, by their names."""
    compiled = decode_views(encoded)
    return {
        name: OnlineView(
            name=name,
            definition=view,
            dataset=compiled.datasets[view.dataset],
            filters=compiled.filters.get(name, {}),
        )
        for name, view in compiled.views.items()
    }
