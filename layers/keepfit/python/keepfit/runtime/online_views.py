"""Reads the online views that a function was deployed with."""

from __future__ import annotations

from keepfit import variables
from keepfit.adapters.aws.s3_stack_files import read_stack_file
from keepfit.definitions.online_views import decode_online_views
from keepfit.errors import NotFound
from keepfit.features.online.view import OnlineView
from keepfit.runtime.settings import setting


def online_views() -> dict[str, OnlineView]:
    """All of them, by their names."""
    return decode_online_views(read_stack_file(setting(variables.DEFINITION)))


def online_view(name: str) -> OnlineView:
    """One of them. Raises NotFound where none is called so."""
    views = online_views()
    if name not in views:
        raise NotFound(f"no view {name!r} is online; those that are: {', '.join(sorted(views)) or 'none'}")
    return views[name]
