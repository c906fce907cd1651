"""The view of the catalogue: every dataset, feature view and model with its state and its users."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

import msgspec
from msgspec import UNSET

from keepfit.definitions.compiled import Compiled
from keepfit.definitions.compiled_model import CompiledModel
from keepfit.definitions.view_versions import version_of
from keepfit.errors import NotFound
from keepfit.features.datasets.manifest import Manifest
from keepfit.features.schema.definition import Described
from keepfit.features.schema.view_features import feature_fields
from keepfit.instants import from_iso
from keepfit.views.datasets import event_at, newest_manifest
from keepfit.views.models import ModelVersions, read_versions
from keepfit.views.stores import DatasetStores, ModelStores

Kind = Literal["dataset", "feature_view", "model"]


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of the catalogue; what is not known is None, such as all that only a deployment knows.

    ``version`` is the newest of a dataset, the one that serves of a model. ``rows`` count where repeated ones do not,
    or are all that are stored where nobody counted. ``newest_event`` and ``changed_at`` say how fresh it is: what
    happened last, and when it changed last. ``used_by`` are views and models.
    """

    kind: Kind
    name: str
    owner: str | None = None
    description: str | None = None
    tags: list[str] = []
    version: int | None = None
    rows: int | None = None
    bytes: int | None = None
    newest_event: datetime | None = None
    changed_at: datetime | None = None
    used_by: list[str] = []
    defined: bool = True
    deployed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What a catalogue reads: definitions, and the stores of a deployment, none without a place."""

    definitions: Compiled
    datasets: Mapping[str, DatasetStores] = field(default_factory=dict)
    models: Mapping[str, ModelStores] = field(default_factory=dict)

    def kind_of(self, name: str) -> Kind:
        """What is called so; of several the first: a dataset, a view, a model.

        Raises:
            NotFound: nothing is; names all that there is.
        """
        for kind, names in self.names.items():
            if name in names:
                return kind
        every = sorted({each for names in self.names.values() for each in names})
        raise NotFound(
            f"nothing in the catalogue is called {name!r}; there are: {', '.join(every) or 'none'}"
        )

    @property
    def names(self) -> dict[Kind, list[str]]:
        """The names of each kind, defined or deployed."""
        defined = self.definitions
        return {
            "dataset": sorted({*defined.datasets, *self.datasets}),
            "feature_view": sorted(defined.views),
            "model": sorted({*defined.models, *self.models}),
        }

    def users_of_dataset(self, name: str) -> list[str]:
        """The views and models that read a dataset."""
        views = [view for view, each in self.definitions.views.items() if each.dataset == name]
        models = [
            model
            for model, each in self.definitions.models.items()
            if name in each.datasets or (each.outcomes and each.outcomes.dataset == name)
        ]
        return sorted({*views, *models})

    def users_of_view(self, name: str) -> list[str]:
        """The models that take features from a view."""
        return sorted(model for model, each in self.definitions.models.items() if name in each.views)


def read_catalogue(known: Known) -> list[Entry]:
    """Every entry: datasets, views, models, each by name."""
    return [
        entry for kind, names in known.names.items() for entry in (read_entry(known, kind, n) for n in names)
    ]


def read_entry(known: Known, kind: Kind, name: str) -> Entry:
    """One entry. Raises NotFound as the stores do."""
    match kind:
        case "dataset":
            return _dataset(known, name)
        case "feature_view":
            return _view(known, name)
        case "model":
            return _model(known, name)


def _dataset(known: Known, name: str) -> Entry:
    stores, compiled = known.datasets.get(name), known.definitions.datasets.get(name)
    manifest = newest_manifest(stores) if stores else None
    return Entry(
        kind="dataset",
        name=name,
        **_said(compiled.definition if compiled else None),
        **_held(manifest),
        used_by=known.users_of_dataset(name),
        deployed=stores is not None,
    )


def _view(known: Known, name: str) -> Entry:
    view = known.definitions.views[name]
    stores = known.datasets.get(view.dataset)
    held = _held(newest_manifest(stores) if stores else None)
    return Entry(
        kind="feature_view",
        name=name,
        **_said(view),
        version=version_of(name, view),
        newest_event=held.get("newest_event"),
        changed_at=held.get("changed_at"),
        used_by=known.users_of_view(name),
        deployed=stores is not None,
    )


def _model(known: Known, name: str) -> Entry:
    stores, compiled = known.models.get(name), known.definitions.models.get(name)
    versions = read_versions(stores) if stores else None
    champion = _champion(versions)
    return Entry(
        kind="model",
        name=name,
        **_said(compiled.definition if compiled else None),
        version=versions.champion if versions else None,
        changed_at=champion,
        deployed=stores is not None,
    )


def _champion(versions: ModelVersions | None) -> datetime | None:
    """When the version was made that serves."""
    every = versions.versions if versions else []
    return next((one.created_at for one in every if versions and one.version == versions.champion), None)


def _held(manifest: Manifest | None) -> dict[str, Any]:
    if manifest is None:
        return {}
    return {
        "version": manifest.version,
        "rows": manifest.counted.rows if manifest.counted else manifest.rows,
        "bytes": sum(part.bytes for part in manifest.parts),
        "newest_event": event_at(manifest.last_event),
        "changed_at": from_iso(manifest.created_at),
    }


def _said(definition: Described | None) -> dict[str, Any]:
    """What a definition says of itself for people."""
    if definition is None:
        return {"defined": False}
    return {
        "owner": definition.owner or None,
        "description": definition.description or None,
        "tags": [] if definition.tags is UNSET else [*definition.tags],
    }


def texts_of(known: Known, entry: Entry) -> Iterator[tuple[str, str]]:
    """What may be searched in an entry: where it stands, and the text."""
    yield "name", entry.name
    yield from (("tag", tag) for tag in entry.tags)
    yield "owner", entry.owner or ""
    yield "description", entry.description or ""
    fields = _fields_of(known, entry)
    for name, (unit, description) in fields.items():
        yield "field", name
        yield "unit", unit or ""
        yield "field description", description or ""


def _fields_of(known: Known, entry: Entry) -> dict[str, tuple[str | None, str | None]]:
    """The fields of an entry with unit and description."""
    datasets = known.definitions.datasets
    if entry.kind == "model":
        model = known.definitions.models.get(entry.name)
        return _of_model(model) if model else {}
    view = known.definitions.views.get(entry.name) if entry.kind == "feature_view" else None
    compiled = datasets.get(view.dataset if view else entry.name)
    fields = compiled.definition.fields if compiled else {}
    if view and compiled:
        of_entity = {name: fields[name] for name in view.entity}
        fields = {**of_entity, **feature_fields(view, compiled.definition)}
    return {name: (field.unit, field.description) for name, field in fields.items()}


def _of_model(model: CompiledModel) -> dict[str, tuple[str | None, str | None]]:
    spine = model.spine.fields
    own = [*model.definition.inputs, model.definition.label]
    found = {name: (spine[name].unit, spine[name].description) for name in own}
    found |= {name: (field.unit, field.description) for name, field in model.feature_fields.items()}
    return {**found, **dict.fromkeys(model.derived, (None, None))}
