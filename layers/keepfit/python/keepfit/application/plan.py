"""The plan of a model's training set, from its compiled definition."""

from __future__ import annotations

from keepfit.definitions.model import CompiledModel
from keepfit.evaluation.tasks.registry import has_classes
from keepfit.features.offline.plan import Derivation, TrainingSetPlan, ViewJoin
from keepfit.features.offline.split import Portion, SplitPlan
from keepfit.instants import Duration


def plan_of(compiled: CompiledModel) -> TrainingSetPlan:
    """The plan by which an engine collects a training set of this model."""
    definition = compiled.definition
    features = [feature.field for feature in compiled.features]
    columns = (*definition.inputs, *features, *compiled.derived)
    return TrainingSetPlan(
        datasets=compiled.datasets,
        spine=definition.dataset,
        label=definition.label,
        window=definition.training.window,
        split=_split(compiled),
        joins=tuple(_join(compiled, view) for view in compiled.views),
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


def _join(compiled: CompiledModel, name: str) -> ViewJoin:
    view = compiled.views[name]
    dataset = compiled.datasets[view.dataset]
    return ViewJoin(
        table=view.dataset,
        entity=tuple(view.entity),
        event_time=dataset.event_column,
        known_at=dataset.known_column,
        features={f.field: dataset.fields[f.field].type for f in compiled.features if f.view == name},
        delay=view.delay,
        ttl=view.ttl or Duration(0),
        timeless=dataset.event_time is None,
    )
