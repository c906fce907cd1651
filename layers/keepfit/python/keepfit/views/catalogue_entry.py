"""The view of one entry of the catalogue: its fields, versions, freshness, uploads and readers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from keepfit.features.schema.definition import DatasetDefinition, Field
from keepfit.instants import Duration
from keepfit.views.catalogue import Entry, Known, read_entry
from keepfit.views.dataset_versions import DatasetVersion, read_version
from keepfit.views.datasets import newest_manifest


class FieldDetail(msgspec.Struct, frozen=True, kw_only=True):
    """A field or column; ``role`` is what it is for, such as an event time, an entity or an input.

    ``missing`` is the share of rows without a value (0 to 1), None where that was not counted.
    """

    name: str
    type: str
    unit: str | None = None
    description: str | None = None
    role: str | None = None
    missing: float | None = None


class Freshness(msgspec.Struct, frozen=True, kw_only=True):
    """How old the newest row is, in seconds, and how old it may be; ``late`` where it is older.

    ``limit`` is None, and ``late`` False, where the definition has no contract of freshness.
    """

    newest: datetime
    age: float
    limit: Duration | None = None
    late: bool = False


class EntryDetail(msgspec.Struct, frozen=True, kw_only=True):
    """An entry with all that is known of it.

    ``version`` is the newest of its dataset, None where nothing was ingested; ``keys`` are what its definition says
    beside fields, such as the entity and the ttl of a view.
    """

    entry: Entry
    fields: list[FieldDetail]
    keys: dict[str, Any]
    freshness: Freshness | None = None
    version: DatasetVersion | None = None


def read_detail(known: Known, name: str, *, limit: int, at: datetime) -> EntryDetail:
    """All about the entry ``name``; of its versions the ``limit`` newest.

    Raises:
        NotFound: nothing is called so; names all that there is.
    """
    kind = known.kind_of(name)
    entry = read_entry(known, kind, name)
    match kind:
        case "dataset":
            return _dataset(known, entry, limit, at)
        case "feature_view":
            return _view(known, entry, at)
        case "model":
            return _model(known, entry)


def _dataset(known: Known, entry: Entry, limit: int, at: datetime) -> EntryDetail:
    stores, compiled = known.datasets.get(entry.name), known.definitions.datasets.get(entry.name)
    manifest = newest_manifest(stores) if stores else None
    definition = compiled.definition if compiled else None
    fields: Mapping[str, Field] = definition.fields if definition else manifest.schema if manifest else {}
    keys: dict[str, Any] = {}
    if definition:
        keys = {
            "event time": definition.event_time,
            "known at": definition.known_at,
            "key": definition.key or None,
            "keeps": definition.keep,
        }
    return EntryDetail(
        entry=entry,
        fields=[_field(name, field, _role(name, definition)) for name, field in fields.items()],
        keys={name: value for name, value in keys.items() if value is not None},
        freshness=_freshness(entry, at),
        version=read_version(stores, None, limit) if stores and manifest else None,
    )


def _role(name: str, definition: DatasetDefinition | None) -> str | None:
    roles = {
        "event time": definition is not None and name == definition.event_time,
        "known at": definition is not None and name == definition.known_at,
        "key": definition is not None and name in definition.key,
    }
    return ", ".join(role for role, holds in roles.items() if holds) or None


def _view(known: Known, entry: Entry, at: datetime) -> EntryDetail:
    view = known.definitions.views[entry.name]
    compiled = known.definitions.datasets.get(view.dataset)
    fields = compiled.definition.fields if compiled else {}
    roles = {**dict.fromkeys(view.latest, "feature"), **dict.fromkeys(view.entity, "entity")}
    keys = {"dataset": view.dataset, "ttl": view.ttl, "delay": view.delay if view.delay.seconds else None}
    return EntryDetail(
        entry=entry,
        fields=[_field(name, fields[name], role) for name, role in roles.items() if name in fields],
        keys={name: value for name, value in keys.items() if value is not None},
        freshness=_freshness(entry, at),
    )


def _model(known: Known, entry: Entry) -> EntryDetail:
    model = known.definitions.models.get(entry.name)
    if model is None:
        return EntryDetail(entry=entry, fields=[], keys={})
    spine, definition = model.spine.fields, model.definition
    fields = [_field(definition.label, spine[definition.label], "label")]
    fields += [_field(name, spine[name], "input") for name in definition.inputs]
    for feature in model.features:
        declared = model.datasets[model.views[feature.view].dataset].fields[feature.field]
        fields.append(_field(feature.field, declared, f"feature of {feature.view}"))
    fields += [
        FieldDetail(name=name, type=derived.type, role="derived", description=derived.sql)
        for name, derived in model.derived.items()
    ]
    keys = {"dataset": definition.dataset, "task": model.task, "views": [*model.views] or None}
    return EntryDetail(
        entry=entry, fields=fields, keys={name: value for name, value in keys.items() if value is not None}
    )


def _field(name: str, field: Field, role: str | None) -> FieldDetail:
    return FieldDetail(name=name, type=field.type, unit=field.unit, description=field.description, role=role)


def _freshness(entry: Entry, at: datetime) -> Freshness | None:
    if entry.newest_event is None:
        return None
    return Freshness(newest=entry.newest_event, age=(at - entry.newest_event).total_seconds())
