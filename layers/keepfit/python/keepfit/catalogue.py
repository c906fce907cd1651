"""Reads `models/*.toml`, checks every reference, and compiles each model and dataset to what runs need."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from keepfit import definition_files
from keepfit.definition_files import alike, shortened
from keepfit.definitions import (
    Catalogue,
    CompiledDataset,
    CompiledModel,
    DerivedColumn,
    ModelDefinition,
    ViewFeature,
)
from keepfit.errors import InvalidDefinition
from keepfit.features.definition import DatasetDefinition, FeatureViewDefinition, Field, FieldType
from keepfit.features.expressions import compile_expression
from keepfit.policies import check_policies


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiled:
    """A folder of definitions, in order: every dataset, view and model by its name.

    ``sources`` says which file has the table (kind, name).
    """

    datasets: Mapping[str, CompiledDataset]
    views: Mapping[str, FeatureViewDefinition]
    models: Mapping[str, CompiledModel]
    sources: Mapping[tuple[str, str], str]

    @property
    def unread(self) -> list[str]:
        """The datasets that no model reads."""
        read = {name for model in self.models.values() for name in model.datasets}
        return sorted(self.datasets.keys() - read)


def load(folder: Path) -> Catalogue:
    """All files of ``folder`` as one catalogue, each read, no reference checked.

    Raises:
        InvalidDefinition: a file that is not TOML, an unknown or mistyped key, a name defined twice.
    """
    return definition_files.read(folder).catalogue


def compile_all(folder: Path) -> Compiled:
    """Everything that the files of ``folder`` define.

    Raises:
        InvalidDefinition: says what is wrong with which key of which table of which file.
    """
    files = definition_files.read(folder)
    catalogue = files.catalogue

    def each(kind: str, compile_one: Callable[[Catalogue, str], Any]) -> dict[str, Any]:
        compiled = {}
        for name in sorted(getattr(catalogue, kind)):
            try:
                compiled[name] = compile_one(catalogue, name)
            except InvalidDefinition as error:
                raise InvalidDefinition(f"{files.sources[kind, name]}: {error}") from error
        return compiled

    # What others refer to comes first, so that a mistake is told of the file that it is in.
    datasets = each("dataset", compile_dataset)
    views = each("feature_view", check_view)
    models = each("model", compile_model)
    return Compiled(datasets=datasets, views=views, models=models, sources=files.sources)


def compile_dataset(catalogue: Catalogue, name: str) -> CompiledDataset:
    """Raises InvalidDefinition where the dataset's own references or fields are wrong."""
    dataset = catalogue.dataset.get(name)
    if dataset is None:
        raise InvalidDefinition(f"there is no [dataset.{name}]; the datasets are {_names(catalogue.dataset)}")
    _check_columns(f"[dataset.{name}.fields]", dataset.fields)
    for column, field in dataset.fields.items():
        _check_bounds(f"[dataset.{name}.fields] {column}", field)
    for role, wanted in (("event_time", dataset.event_time), ("known_at", dataset.known_at)):
        if wanted is None:
            continue
        found = dataset.fields.get(wanted)
        if found is None or found.type != "timestamp":
            times = [column for column, field in dataset.fields.items() if field.type == "timestamp"]
            raise InvalidDefinition(
                f"[dataset.{name}] {role} = {wanted!r} must name a field of type timestamp; {alike(wanted, times)}"
            )
    _check_key(name, dataset)
    return CompiledDataset(name=name, definition=dataset)


def _check_key(name: str, dataset: DatasetDefinition) -> None:
    where = f"[dataset.{name}] key:"
    for field in dataset.key:
        if field not in dataset.fields:
            raise InvalidDefinition(
                f"{where} {field!r} is not one of its fields; {alike(field, dataset.fields)}"
            )
        if dataset.fields[field].nullable:
            raise InvalidDefinition(f"{where} {field!r} is nullable, and what is missing names no row")
    if len(set(dataset.key)) < len(dataset.key):
        raise InvalidDefinition(f"{where} name each field only once")


def _check_columns(table: str, names: Iterable[str]) -> None:
    seen: dict[str, str] = {}
    for name in names:
        if not name.strip():
            raise InvalidDefinition(f"{table} {name!r} needs a name")
        if name.startswith("_"):
            raise InvalidDefinition(
                f"{table} {name!r} needs another name: _ begins the columns that keepfit adds to each row"
            )
        other = seen.setdefault(name.casefold(), name)
        if other != name:
            raise InvalidDefinition(
                f"{table} {other!r} and {name!r} differ in capitals only, which SQL does not tell apart; rename one"
            )


def _check_bounds(where: str, field: Field) -> None:
    if field.min is None and field.max is None:
        return
    if field.type not in ("float", "int"):
        raise InvalidDefinition(f"{where}: min and max are for float and int, and this is a {field.type}")
    if field.min is not None and field.max is not None and field.min > field.max:
        raise InvalidDefinition(f"{where}: min {field.min:g} is above max {field.max:g}")


def check_view(catalogue: Catalogue, name: str) -> FeatureViewDefinition:
    """The view, its dataset and fields checked.

    Raises:
        InvalidDefinition: says which key is wrong and what it could be.
    """
    view, table = catalogue.feature_view[name], f"[feature_view.{name}]"
    fields = compile_dataset(catalogue, view.dataset).definition.fields
    for key, named in (("entity", view.entity), ("latest", view.latest)):
        if not named or len(set(named)) < len(named):
            raise InvalidDefinition(f"{table} {key}: name at least one field, and each only once")
        for field in named:
            if field not in fields:
                raise InvalidDefinition(
                    f"{table} {key}: {field!r} is not a field of [dataset.{view.dataset}]; {alike(field, fields)}"
                )
    for field in view.latest:
        if fields[field].type == "timestamp":
            raise InvalidDefinition(
                f"{table} latest: {field!r} is a timestamp, and nothing is learned from those"
            )
    dataset = catalogue.dataset[view.dataset]
    beside = [field for field in (*view.entity, dataset.event_time) if field not in dataset.key]
    if dataset.key and beside:
        # A correction that moved a row to another entity or instant would leave the old one behind.
        raise InvalidDefinition(
            f"{table} reads [dataset.{view.dataset}], whose key must then name {', '.join(beside)} too"
        )
    if not view.ttl.seconds:
        raise InvalidDefinition(f"{table} ttl must be longer than nothing, or no value ever counts")
    return view


def compile_model(catalogue: Catalogue, name: str) -> CompiledModel:
    """One model with its datasets, views and derived columns, every reference checked.

    Raises:
        InvalidDefinition: says which key of which table is wrong and what it could be.
    """
    model = catalogue.model.get(name)
    if model is None:
        raise InvalidDefinition(f"there is no [model.{name}]; the models are {_names(catalogue.model)}")
    _check_columns(f"[model.{name}.derive]", model.derive)
    spine = compile_dataset(catalogue, model.dataset).definition
    _check_label_and_inputs(name, model, spine)
    check_policies(name, model)
    features = list(_features(catalogue, name, model, spine))
    views = {feature.view: catalogue.feature_view[feature.view] for feature in features}
    used = {model.dataset, *(view.dataset for view in views.values())}
    datasets = {dataset: compile_dataset(catalogue, dataset).definition for dataset in sorted(used)}
    taken = {f.field: datasets[views[f.view].dataset].fields[f.field].type for f in features}
    types = column_types(model, spine, taken)
    _check_what_is_learned_from(name, model, types)
    names = {column.casefold() for column in [*spine.fields, *types]}
    return CompiledModel(
        name=name,
        definition=model,
        datasets=datasets,
        views=views,
        features=features,
        derived={column: _derived(name, column, sql, types, names) for column, sql in model.derive.items()},
    )


def column_types(
    model: ModelDefinition, spine: DatasetDefinition, features: dict[str, FieldType]
) -> dict[str, FieldType]:
    """Name to type of all that an expression may use: the model's inputs and features."""
    return {**{i: spine.fields[i].type for i in model.inputs}, **features}


def _check_label_and_inputs(name: str, model: ModelDefinition, spine: DatasetDefinition) -> None:
    table = f"[model.{name}]"
    for key, fields in (("label", [model.label]), ("inputs", model.inputs)):
        for field in fields:
            if field not in spine.fields:
                raise InvalidDefinition(
                    f"{table} {key}: {field!r} is not a field of [dataset.{model.dataset}]; "
                    f"{alike(field, spine.fields)}"
                )
    if not model.inputs or len(set(model.inputs)) < len(model.inputs):
        raise InvalidDefinition(f"{table} inputs: name at least one field, and each only once")
    if model.label in model.inputs:
        raise InvalidDefinition(
            f"{table} inputs hold the label {model.label!r}: a model may not see its answer"
        )
    if spine.known_at in model.inputs and spine.known_at != spine.event_time:
        raise InvalidDefinition(
            f"{table} inputs hold {spine.known_at!r}, the known_at of [dataset.{model.dataset}]: who asks for a "
            "prediction cannot know it yet"
        )
    if spine.fields[model.label].type != "bool":
        raise InvalidDefinition(f"{table} label {model.label!r} must be of type bool for classification")


def _check_what_is_learned_from(name: str, model: ModelDefinition, types: Mapping[str, FieldType]) -> None:
    monitored = [column for column, kind in types.items() if kind != "timestamp"]
    if not monitored and not model.derive:
        raise InvalidDefinition(
            f"[model.{name}] inputs hold timestamps only, and those are no numbers: derive a part, such as the hour"
        )
    for column in model.monitoring.ignore:
        if column not in monitored:
            raise InvalidDefinition(
                f"[model.{name}.monitoring] ignore: {column!r} is not an input or feature that is monitored; "
                f"{alike(column, monitored)}"
            )


def _features(
    catalogue: Catalogue, name: str, model: ModelDefinition, spine: DatasetDefinition
) -> Iterator[ViewFeature]:
    where = f"[model.{name}] features:"
    taken = {field.casefold() for field in spine.fields}
    for reference in model.features:
        view_name, _, field = reference.partition(":")
        if view_name not in catalogue.feature_view or not field:
            raise InvalidDefinition(
                f"{where} {reference!r} is not 'view:feature' or 'view:*'; "
                f"the views are {_names(catalogue.feature_view)}"
            )
        view = check_view(catalogue, view_name)
        _check_entity(catalogue, view_name, model.dataset)
        for chosen in view.latest if field == "*" else [field]:
            if chosen not in view.latest:
                raise InvalidDefinition(
                    f"{where} {chosen!r} is not in {view_name}; {alike(chosen, view.latest)}"
                )
            if chosen.casefold() in taken:
                raise InvalidDefinition(
                    f"{where} {chosen!r} is a field of [dataset.{model.dataset}] too, or is named twice; "
                    f"rename one of them, or name the others of {view_name} one by one"
                )
            taken.add(chosen.casefold())
            yield ViewFeature(view=view_name, field=chosen)


def _check_entity(catalogue: Catalogue, view_name: str, spine_name: str) -> None:
    """The fields that join a row to its features exist on both sides, and are of one type."""
    view = catalogue.feature_view[view_name]
    theirs, ours = catalogue.dataset[view.dataset].fields, catalogue.dataset[spine_name].fields
    for field in view.entity:
        where = f"[feature_view.{view_name}] entity {field!r}"
        if field not in ours:
            raise InvalidDefinition(
                f"{where} is not a field of the model's dataset, [dataset.{spine_name}]; {alike(field, ours)}"
            )
        if theirs[field].type != ours[field].type:
            raise InvalidDefinition(
                f"{where} is of type {theirs[field].type} in [dataset.{view.dataset}] and {ours[field].type} in "
                f"[dataset.{spine_name}]; give it one type"
            )


def _derived(name: str, column: str, sql: str, types: dict[str, FieldType], taken: set[str]) -> DerivedColumn:
    if column.casefold() in taken:
        raise InvalidDefinition(
            f"[model.{name}.derive] {column!r} is already an input or a feature, or a field of the model's dataset; "
            "rename it"
        )
    try:
        expression, kind = compile_expression(sql, types)
    except InvalidDefinition as error:
        raise InvalidDefinition(f"[model.{name}.derive] {column} = {shortened(sql)!r}: {error}") from error
    return DerivedColumn(sql=sql, expression=expression, type=kind)


def _names(entries: Mapping[str, Any]) -> str:
    return ", ".join(sorted(entries)) or "none"
