"""Reads `models/*.toml`, checks every reference, and compiles each model and dataset to what runs need."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from keepfit.definitions import (
    Catalogue,
    CompiledDataset,
    CompiledModel,
    DerivedColumn,
    ModelDefinition,
    ViewFeature,
    read_duration,
)
from keepfit.errors import InvalidDefinition
from keepfit.features.definition import DatasetDefinition, FieldType
from keepfit.features.expressions import compile_expression
from keepfit.instants import Duration

_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")  # stacks, functions, routes and keys are named after it
_SHORTEST = Duration(60)  # EventBridge keeps no closer schedule
_HALF_A_SCHEDULE = "'schedule' in on, and how often in schedule, belong together: write both or neither"


def load(folder: Path) -> Catalogue:
    """All files of ``folder`` as one catalogue.

    Raises:
        InvalidDefinition: a file that is not TOML, an unknown or mistyped key, a name defined twice.
    """
    merged: dict[str, dict[str, Any]] = {}
    for path in sorted(folder.glob("*.toml")):
        for kind, entries in _read(path).items():
            known = merged.setdefault(kind, {})
            twice = known.keys() & entries.keys()
            if twice:
                raise InvalidDefinition(
                    f"{path.name}: [{kind}.{min(twice)}] is defined twice; rename one of them"
                )
            for name in entries:
                _check_name(path, kind, name)
            known.update(entries)
    return msgspec.convert(merged, Catalogue, dec_hook=read_duration)


def _read(path: Path) -> dict[str, dict[str, Any]]:
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
        msgspec.convert(document, Catalogue, dec_hook=read_duration)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise InvalidDefinition(f"{path.name}: {error}; see the README's chapter on definitions") from error
    return document


def _check_name(path: Path, kind: str, name: str) -> None:
    if not _NAME.fullmatch(name):
        raise InvalidDefinition(
            f"{path.name}: [{kind}.{name}] needs another name: small letters, digits and _, a letter first, at most 40"
        )


def compile_dataset(catalogue: Catalogue, name: str) -> CompiledDataset:
    """Raises InvalidDefinition where the dataset's own references are wrong."""
    dataset = catalogue.dataset.get(name)
    if dataset is None:
        raise InvalidDefinition(f"there is no [dataset.{name}]; the datasets are {_names(catalogue.dataset)}")
    _check_columns(f"[dataset.{name}.fields]", dataset.fields)
    for role, field in (("event_time", dataset.event_time), ("known_at", dataset.known_at)):
        if field is not None and (field not in dataset.fields or dataset.fields[field].type != "timestamp"):
            raise InvalidDefinition(
                f"[dataset.{name}] {role} = {field!r} must name a field of type timestamp"
            )
    return CompiledDataset(name=name, definition=dataset)


def _check_columns(table: str, names: Iterable[str]) -> None:
    kept = [name for name in names if name.startswith("_")]
    if kept:
        raise InvalidDefinition(
            f"{table} {kept[0]!r} needs another name: _ begins the columns that keepfit adds to each row"
        )


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
    _check_policies(name, model)
    features = list(_features(catalogue, name, model, spine))
    views = {feature.view: catalogue.feature_view[feature.view] for feature in features}
    used = {model.dataset, *(view.dataset for view in views.values())}
    datasets = {dataset: compile_dataset(catalogue, dataset).definition for dataset in sorted(used)}
    taken = {f.field: datasets[views[f.view].dataset].fields[f.field].type for f in features}
    types = column_types(model, spine, taken)
    return CompiledModel(
        name=name,
        definition=model,
        datasets=datasets,
        views=views,
        features=features,
        derived={column: _derived(name, column, sql, types) for column, sql in model.derive.items()},
    )


def column_types(
    model: ModelDefinition, spine: DatasetDefinition, features: dict[str, FieldType]
) -> dict[str, FieldType]:
    """Name to type of all that an expression may use: the model's inputs and features."""
    return {**{i: spine.fields[i].type for i in model.inputs}, **features}


def _check_label_and_inputs(name: str, model: ModelDefinition, spine: DatasetDefinition) -> None:
    for key, fields in (("label", [model.label]), ("inputs", model.inputs)):
        for field in fields:
            if field not in spine.fields:
                raise InvalidDefinition(
                    f"[model.{name}] {key}: {field!r} is not a field of [dataset.{model.dataset}]"
                )
    if not model.inputs or len(set(model.inputs)) < len(model.inputs):
        raise InvalidDefinition(f"[model.{name}] inputs: name at least one field, and each only once")
    if model.label in model.inputs:
        raise InvalidDefinition(
            f"[model.{name}] inputs hold the label {model.label!r}: a model may not see its answer"
        )
    if spine.fields[model.label].type != "bool":
        raise InvalidDefinition(
            f"[model.{name}] label {model.label!r} must be of type bool for classification"
        )


def _check_policies(name: str, model: ModelDefinition) -> None:
    training, release, retraining = model.training, model.release, model.retraining
    schedules = [model.monitoring.schedule, *([retraining.schedule] if retraining.schedule else [])]
    for table, wrong, says in (
        (
            "training",
            not training.holdout.seconds,
            "holdout must be longer than nothing: it judges the candidates",
        ),
        ("training", training.holdout >= training.window, "holdout must be shorter than window"),
        ("training", not training.candidates, "candidates: name at least one"),
        (
            "training",
            "champion" in training.candidates,
            "candidates: 'champion' is the model that serves, rename it",
        ),
        ("release", not release.evaluation_period.seconds, "evaluation_period must be longer than nothing"),
        (
            "release",
            release.baking_limit < release.baking_period,
            "baking_limit must not be shorter than baking_period",
        ),
        ("monitoring", not model.monitoring.window.seconds, "window must be longer than nothing"),
        ("retraining", ("schedule" in retraining.on) != (retraining.schedule is not None), _HALF_A_SCHEDULE),
        (
            "*",
            any(schedule < _SHORTEST for schedule in schedules),
            f"schedule: nothing runs oftener than {_SHORTEST}",
        ),
    ):
        if wrong:
            raise InvalidDefinition(f"[model.{name}.{table}] {says}")


def _features(
    catalogue: Catalogue, name: str, model: ModelDefinition, spine: DatasetDefinition
) -> Iterator[ViewFeature]:
    seen = set(model.inputs) | {model.label}
    for reference in model.features:
        view_name, _, field = reference.partition(":")
        view = catalogue.feature_view.get(view_name)
        if view is None or not field:
            raise InvalidDefinition(
                f"[model.{name}] features: {reference!r} is not 'view:feature' or 'view:*'; "
                f"the views are {_names(catalogue.feature_view)}"
            )
        _check_view(catalogue, view_name, spine)
        for chosen in view.latest if field == "*" else [field]:
            if chosen not in view.latest or chosen in seen:
                raise InvalidDefinition(
                    f"[model.{name}] features: {chosen!r} is not in {view_name}, or is named twice"
                )
            seen.add(chosen)
            yield ViewFeature(view=view_name, field=chosen)


def _check_view(catalogue: Catalogue, name: str, spine: DatasetDefinition) -> None:
    view = catalogue.feature_view[name]
    fields = compile_dataset(catalogue, view.dataset).definition.fields
    for field in [*view.entity, *view.latest]:
        if field not in fields:
            raise InvalidDefinition(
                f"[feature_view.{name}]: {field!r} is not a field of [dataset.{view.dataset}]"
            )
    for field in view.entity:
        if field not in spine.fields:
            raise InvalidDefinition(
                f"[feature_view.{name}] entity {field!r} is not a field of the model's dataset"
            )


def _derived(name: str, column: str, sql: str, types: dict[str, FieldType]) -> DerivedColumn:
    if column in types:
        raise InvalidDefinition(
            f"[model.{name}.derive] {column!r} is already an input or a feature; rename it"
        )
    try:
        expression, kind = compile_expression(sql, types)
    except InvalidDefinition as error:
        raise InvalidDefinition(f"[model.{name}.derive] {column} = {sql!r}: {error}") from error
    return DerivedColumn(sql=sql, expression=expression, type=kind)


def _names(entries: dict[str, Any]) -> str:
    return ", ".join(sorted(entries)) or "none"
