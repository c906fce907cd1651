"""The view of online features: how far each view is materialised, and what is known of one entity."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from keepfit.errors import InvalidRequest
from keepfit.features.datasets.ports import DatasetRecords
from keepfit.features.online.entities import entity_key
from keepfit.features.online.lookups import lookup_of
from keepfit.features.online.materialization import Materialization, Materializations
from keepfit.features.online.ports import OnlineStore
from keepfit.features.online.readings import reading_of
from keepfit.features.online.revisions import micros
from keepfit.features.online.view import OnlineView
from keepfit.features.online.view_reader import ViewReader
from keepfit.features.schema.cells import cell_reader
from keepfit.features.schema.dataset_cells import cells_of
from keepfit.features.schema.types.base import BadCell
from keepfit.features.schema.view_features import feature_names
from keepfit.instants import now


@dataclass(frozen=True, slots=True, kw_only=True)
class OnlineStores:
    """The stores of the online views that are deployed."""

    views: Mapping[str, OnlineView]
    records: DatasetRecords
    store: OnlineStore
    progress: Materializations
    clock: Callable[[], datetime] = now


class ViewSummary(msgspec.Struct, frozen=True, kw_only=True):
    """An online view, the version of its dataset that it holds, and the newest one.

    Each is None where there is none. ``redefined`` says that it was materialised by another definition, and is made
    anew with the next version.
    """

    view: str
    dataset: str
    entity: list[str]
    features: list[str]
    ttl: str | None
    delay: str
    on_outage: str
    version: int | None
    newest: int | None
    redefined: bool
    progress: Materialization | None


class EntityFeatures(msgspec.Struct, frozen=True, kw_only=True):
    """The features of an entity as of ``asked``; ``state`` is found, expired or absent.

    ``windows`` is the state of what windows were read from: found, crowded, redefined or too early; None without any.
    """

    view: str
    entity: dict[str, Any]
    asked: datetime
    state: str
    features: dict[str, Any]
    happened: str | None
    known: str | None
    age_s: float | None
    source: str | None
    windows: str | None = None


def read_view(stores: OnlineStores, name: str) -> ViewSummary:
    """Reads the summary of one online view."""
    view = stores.views[name]
    definition, state = view.definition, stores.progress.get(name)
    return ViewSummary(
        view=name,
        dataset=definition.dataset,
        entity=definition.entity,
        features=feature_names(definition),
        ttl=str(definition.ttl) if definition.ttl else None,
        delay=str(definition.delay),
        on_outage=definition.on_outage,
        version=(state.version or None) if state else None,
        newest=stores.records.newest(definition.dataset),
        redefined=state is not None and state.digest != view.digest,
        progress=state,
    )


def read_entity(stores: OnlineStores, name: str, keys: Sequence[str], at: datetime) -> EntityFeatures:
    """Reads what a request of the moment ``at`` would get of an entity; ``keys`` are written as in a file.

    Raises:
        InvalidRequest: there are more or fewer than the entity has, or one is of another type.
    """
    view = stores.views[name]
    entity = view.definition.entity
    if len(keys) != len(entity):
        raise InvalidRequest(
            f"an entity of {name} has the keys {', '.join(entity)}: name a value for each", code="wrong_keys"
        )
    forms = cells_of(view.dataset)
    values: dict[str, Any] = {}
    for field, text in zip(entity, keys, strict=True):
        try:
            values[field] = cell_reader(forms[field])(text)
        except BadCell as flaw:
            raise InvalidRequest(f"the key {field} = {text!r} {flaw}", code="wrong_keys") from flaw
    features = feature_names(view.definition)
    reader = ViewReader(lookup_of(name, view.definition, view.dataset, forms={**forms}, features=features))
    key = entity_key(list(values.values()))
    if key is None:
        raise InvalidRequest(f"an entity of {name} has a value for each key", code="wrong_keys")
    read = lambda keys: {one: held.body for one, held in stores.store.read(keys).items()}  # noqa: E731
    reading = reading_of(reader, view.scope, key, micros(at), micros(stores.clock()), read)
    there = reading.happened is not None
    return EntityFeatures(
        view=name,
        entity=values,
        asked=at,
        state=reading.state,
        features={feature: reading.values.get(feature) for feature in features},
        happened=reading.happened_at if there else None,
        known=reading.known_at if there else None,
        age_s=(micros(at) - reading.happened) / 1e6 if reading.happened is not None else None,
        source=reading.source,
        windows=reading.windows,
    )
