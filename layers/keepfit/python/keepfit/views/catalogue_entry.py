"""The view of one entry of the catalogue: its fields, versions, freshness, uploads and readers."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any, Final

import msgspec

from keepfit.errors import NotFound
from keepfit.features.datasets.manifest import Manifest
from keepfit.features.profiles.profile import Profile, merge
from keepfit.features.schema.definition import DatasetDefinition, Field
from keepfit.features.schema.view_definition import FeatureViewDefinition
from keepfit.features.schema.view_features import feature_fields
from keepfit.instants import Duration
from keepfit.views.catalogue import Entry, Known, read_entry
from keepfit.views.dataset_versions import DatasetVersion, read_version
from keepfit.views.datasets import newest_manifest
from keepfit.views.stores import DatasetStores

# A profile is a file; so many say what share is missing.
_MAX_PROFILES: Final = 50


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


class ContractState(msgspec.Struct, frozen=True, kw_only=True):
    """A contract of a dataset, and how many uploads of the newest version broke it.

    ``last`` is how the newest of these did; ``not_checked`` counts those that were taken unchecked.
    """

    contract: str
    rule: str
    severity: str
    broken: int = 0
    not_checked: int = 0
    last: str | None = None


class EntryDetail(msgspec.Struct, frozen=True, kw_only=True):
    """An entry with all that is known of it.

    ``version`` is the newest of its dataset, None where nothing was ingested; ``keys`` are what its definition says
    beside fields, such as the entity and the ttl of a view. ``contracts`` are those of a dataset.
    """

    entry: Entry
    fields: list[FieldDetail]
    keys: dict[str, Any]
    freshness: Freshness | None = None
    version: DatasetVersion | None = None
    contracts: list[ContractState] = []


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
    missing = _missing(stores, manifest) if stores and manifest else {}
    return EntryDetail(
        entry=entry,
        fields=[
            _field(name, field, _role(name, definition), missing.get(name)) for name, field in fields.items()
        ],
        keys={name: value for name, value in keys.items() if value is not None},
        freshness=_freshness(entry, at, definition),
        version=read_version(stores, None, limit) if stores and manifest else None,
        contracts=_contracts(definition, manifest),
    )


def _missing(stores: DatasetStores, manifest: Manifest) -> dict[str, float]:
    """The share of rows without a value by field, among the newest uploads that have a profile."""
    profiles = []
    for part in manifest.parts[-_MAX_PROFILES:]:
        with suppress(NotFound):  # it has expired
            if part.profile:
                profiles.append(msgspec.json.decode(stores.manifests.profile(part.profile), type=Profile))
    return {
        name: column.missing / column.rows for name, column in merge(profiles).columns.items() if column.rows
    }


def _contracts(definition: DatasetDefinition | None, manifest: Manifest | None) -> list[ContractState]:
    """The state of each contract over the uploads of a version."""
    results = [result for part in (manifest.parts if manifest else []) for result in part.contracts]
    states = []
    for contract in (definition.contracts if definition else None) or []:
        ours = [result for result in results if result.contract == contract.title]
        broken = [result for result in ours if result.outcome == "broken"]
        states.append(
            ContractState(
                contract=contract.title,
                rule=contract.rule,
                severity=contract.severity,
                broken=len(broken),
                not_checked=len(ours) - len(broken),
                last=broken[-1].reason if broken else None,
            )
        )
    return states


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
    features = feature_fields(view, compiled.definition) if compiled else {}
    roles = {**dict.fromkeys(features, "feature"), **dict.fromkeys(view.entity, "entity"), **_windows(view)}
    keys = {"dataset": view.dataset, "ttl": view.ttl, "delay": view.delay if view.delay.seconds else None}
    return EntryDetail(
        entry=entry,
        fields=[
            _field(name, field, role)
            for name, role in roles.items()
            if (field := features.get(name) or fields.get(name))
        ],
        keys={name: value for name, value in keys.items() if value is not None},
        freshness=_freshness(entry, at, compiled.definition if compiled else None),
    )


def _windows(view: FeatureViewDefinition) -> dict[str, str]:
    """What each aggregate of a view is, in words."""
    return {
        feature: " ".join(filter(None, [one.aggregate, f"of {one.of}" if one.of else "", f"over {length}"]))
        for name, one in view.aggregated.items()
        for feature, length in one.features(name).items()
    }


def _model(known: Known, entry: Entry) -> EntryDetail:
    model = known.definitions.models.get(entry.name)
    if model is None:
        return EntryDetail(entry=entry, fields=[], keys={})
    spine, definition = model.spine.fields, model.definition
    fields = [_field(definition.label, spine[definition.label], "label")]
    fields += [_field(name, spine[name], "input") for name in definition.inputs]
    of_views = model.feature_fields
    fields += [_field(one.field, of_views[one.field], f"feature of {one.view}") for one in model.features]
    fields += [
        FieldDetail(name=name, type=derived.type, role="derived", description=derived.sql)
        for name, derived in model.derived.items()
    ]
    keys = {"dataset": definition.dataset, "task": model.task, "views": [*model.views] or None}
    return EntryDetail(
        entry=entry, fields=fields, keys={name: value for name, value in keys.items() if value is not None}
    )


def _field(name: str, field: Field, role: str | None, missing: float | None = None) -> FieldDetail:
    return FieldDetail(
        name=name, type=field.type, unit=field.unit, description=field.description, role=role, missing=missing
    )


def _freshness(entry: Entry, at: datetime, definition: DatasetDefinition | None = None) -> Freshness | None:
    """How old the newest row is, beside the shortest time that a contract of freshness gives it."""
    if entry.newest_event is None:
        return None
    age = (at - entry.newest_event).total_seconds()
    limits = [one.within for one in (definition.contracts if definition else None) or [] if one.within]
    limit = min(limits, default=None)
    return Freshness(
        newest=entry.newest_event, age=age, limit=limit, late=limit is not None and age > limit.seconds
    )
