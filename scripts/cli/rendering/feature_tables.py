"""Online features as tables: views and how fresh they are, and the features of an entity."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import RenderableType
from rich.text import Text

from cli.rendering.table_layout import Fitted
from cli.rendering.tables import facts, table
from keepfit.views.features import EntityFeatures, ViewSummary


def views_table(views: Sequence[ViewSummary]) -> Fitted | Text:
    """Online views in a line each."""
    rows = [
        (
            view.view,
            view.dataset,
            ", ".join(view.entity),
            len(view.features),
            view.version,
            view.newest,
            _state(view),
        )
        for view in views
    ]
    columns = ["view", "dataset", "entity", "features", "version", "newest", "state"]
    return table("Online views", columns, rows)


def view_facts(view: ViewSummary) -> tuple[RenderableType, ...]:
    """One online view."""
    state = view.progress
    pairs = [
        ("dataset", view.dataset),
        ("entity", ", ".join(view.entity)),
        ("features", ", ".join(view.features)),
        ("ttl", view.ttl),
        ("delay", view.delay),
        ("while the store cannot be read", view.on_outage),
        ("version of the dataset", view.version),
        ("newest version", view.newest),
        ("state", _state(view)),
        *([("windows are kept as of", state.reach)] if state and state.reach else []),
        ("entities looked at", state.entities if state else None),
        ("items written", state.written if state else None),
        ("at", state.at if state else None),
    ]
    return (facts(view.view, pairs),)


def entity_tables(found: EntityFeatures) -> tuple[RenderableType, ...]:
    """The features of an entity."""
    pairs = [
        *found.entity.items(),
        ("state", found.state),
        ("happened", found.happened),
        ("known", found.known),
        ("age in seconds", found.age_s),
        ("upload", found.source),
        *([("windows", found.windows)] if found.windows else []),
    ]
    return (
        facts(found.view, pairs),
        table("Features", ["feature", "value"], list(found.features.items())),
    )


def _state(view: ViewSummary) -> str:
    state = view.progress
    if view.newest is None:
        return "no data yet"
    if state is None:
        return "not yet materialised"
    if view.redefined:
        return "redefined: made anew with the next version, or by keepfit features backfill"
    if state.unfinished:
        return f"{state.done} of {state.units} units towards version {state.target}"
    return "up to date" if state.version == view.newest else f"version {view.newest} is being materialised"
