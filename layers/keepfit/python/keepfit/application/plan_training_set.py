"""The plan of a model's training set, from its compiled definition."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import UNSET

from keepfit.definitions.compiled_model import CompiledModel
from keepfit.evaluation.tasks.registry import has_classes
from keepfit.features.offline.plan import Aggregation, Derivation, TrainingSetPlan, ViewJoin
from keepfit.features.offline.split_plan import Portion, SplitPlan
from keepfit.features.schema.cell_form import FieldType
from keepfit.features.schema.definition import DatasetDefinition
from keepfit.features.schema.view_features import (
    WindowFeature,
    feature_types,
    parameter_of,
    rows_of_view,
    window_features,
)
from keepfit.instants import Duration


def plan_of(compiled: CompiledModel, *, unrepeated: frozenset[str] = frozenset()) -> TrainingSetPlan:
    """The plan by which an engine collects a training set of this model.

    ``unrepeated`` are datasets of which no two rows are equal in every field.
    """
    definition = compiled.definition
    features = [feature.field for feature in compiled.features]
    columns = (*definition.inputs, *features, *compiled.derived)
    return TrainingSetPlan(
        datasets=compiled.datasets,
        spine=definition.dataset,
        label=definition.label,
        window=definition.training.window,
        split=_split(compiled),
        joins=tuple(
            _join(compiled, name, repeats=view.dataset not in unrepeated)
            for name, view in compiled.views.items()
        ),
        derived={
            name: Derivation(expression=column.expression, type=column.type)
            for name, column in compiled.derived.items()
        },
        columns=columns,
        beside=tuple(name for name in definition.evaluation.columns if name not in columns),
    )


def _split(compiled: CompiledModel) -> SplitPlan:
    training = compiled.definition.training
    return SplitPlan(
        by=compiled.split,
        holdout=Portion.parse(training.holdout),
        max_rows=training.max_rows,
        seed=training.seed,
        stratified=has_classes(compiled.task),
    )


def _join(compiled: CompiledModel, name: str, *, repeats: bool) -> ViewJoin:
    view, filters = compiled.views[name], (compiled.view_filters or {}).get(name, {})
    dataset = compiled.datasets[view.dataset]
    rows = rows_of_view(view, dataset)
    taken = [feature.field for feature in compiled.features if feature.view == name]
    windows, types = window_features(view), feature_types(view, dataset)
    return ViewJoin(
        table=view.dataset,
        entity=tuple(view.entity),
        event_time=dataset.event_column,
        known_at=dataset.known_column,
        features={feature: types[feature] for feature in taken if feature not in windows},
        delay=view.delay,
        ttl=view.ttl or Duration(0),
        timeless=dataset.event_time is None,
        aggregates={
            feature: _aggregation(windows[feature], types[feature], rows, filters)
            for feature in taken
            if feature in windows
        },
        where=filters[view.where] if view.where else None,
        repeats=repeats and view.sql is UNSET,
        sql=view.sql or None,
        fields=rows.fields if view.sql else None,
    )


def _aggregation(
    feature: WindowFeature, kind: FieldType, dataset: DatasetDefinition, filters: Mapping[str, list[Any]]
) -> Aggregation:
    aggregate = feature.aggregate
    return Aggregation(
        aggregate=aggregate.aggregate,
        of=aggregate.of or None,
        window=feature.window,
        type=kind,
        parameter=parameter_of(aggregate, dataset),
        where=filters[aggregate.where] if aggregate.where else None,
    )
