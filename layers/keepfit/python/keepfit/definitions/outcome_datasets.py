"""The datasets of outcomes: one of its own for each model whose clients report them by prediction id."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec
from msgspec import UNSET

from keepfit.definitions.compiled_model import CompiledOutcomes
from keepfit.definitions.mistakes import alike
from keepfit.definitions.model import Catalogue, ModelDefinition
from keepfit.definitions.reference_checks import no_dataset
from keepfit.definitions.view_versions import views_of
from keepfit.errors import InvalidDefinition
from keepfit.features.schema.definition import DatasetDefinition, Field
from keepfit.layout import ModelScope
from keepfit.monitoring.outcomes.fields import KNOWN_AT, OUTCOME, PREDICTION_ID

# What requests and rows spell alike, whatever either is read from.
_JOINED: Final = ("category", "text", "int", "bool", "timestamp")


def has_own_dataset(model: ModelDefinition) -> bool:
    """Whether outcomes are reported by prediction id, into a dataset of their own."""
    return model.outcomes is not UNSET and not model.outcomes.join_on


def with_outcome_datasets(catalogue: Catalogue) -> Catalogue:
    """The catalogue with the datasets of outcomes, where their models are right as far as those need it."""
    made = {
        ModelScope(name).outcomes: outcomes_dataset(model, catalogue.dataset[model.dataset])
        for name, model in catalogue.model.items()
        if has_own_dataset(model)
        and model.dataset in catalogue.dataset
        and model.label in catalogue.dataset[model.dataset].fields
    }
    return msgspec.structs.replace(catalogue, dataset={**made, **catalogue.dataset})


def outcomes_dataset(model: ModelDefinition, spine: DatasetDefinition) -> DatasetDefinition:
    """The dataset of a model's outcomes: an outcome is what a label of the model's dataset may be.

    Of outcomes of one prediction, the one known last counts. Those that stand out are no reason to hold them back: that
    the world changed is what they are there to tell. They stay as long as requests do.
    """
    label = spine.fields[model.label]
    outcome = msgspec.structs.replace(
        label, nullable=False, column=UNSET, path=UNSET, take=UNSET, value=UNSET, description=None
    )
    return DatasetDefinition(
        description=f"What came true of predictions of {model.label}, by prediction id",
        fields={
            PREDICTION_ID: Field(type="text", description="the name of the answer, as the API gave it"),
            OUTCOME: outcome,
            KNOWN_AT: Field(type="timestamp", description="when the outcome was known"),
        },
        event_time=KNOWN_AT,
        known_at=KNOWN_AT,
        key=[PREDICTION_ID],
        keep=model.keep,
        missing=spine.missing,
        anomalies="take",
    )


def outcome_datasets_of(catalogue: Catalogue, name: str) -> list[str]:
    """The dataset that holds a model's outcomes, if it has any."""
    model = catalogue.model[name]
    if model.outcomes is UNSET:
        return []
    return [ModelScope(name).outcomes if has_own_dataset(model) else model.outcomes.dataset or model.dataset]


def compiled_outcomes(catalogue: Catalogue, name: str) -> CompiledOutcomes:
    """Where the outcomes of a model are, which has some."""
    model = catalogue.model[name]
    outcomes = model.outcomes
    if outcomes is UNSET:
        raise InvalidDefinition(f"[model.{name}] has no outcomes; add [model.{name}.outcomes]")
    [dataset] = outcome_datasets_of(catalogue, name)
    own = has_own_dataset(model)
    return CompiledOutcomes(
        dataset=dataset,
        definition=catalogue.dataset[dataset],
        field=OUTCOME if own else outcomes.field or model.label,
        join_on=[PREDICTION_ID] if own else outcomes.join_on,
    )


def outcome_mistakes(catalogue: Catalogue, name: str, broken_datasets: frozenset[str]) -> Iterator[str]:
    """The mistakes in a model's outcomes; its dataset, its label and its features are right.

    Nothing is said of outcomes in a dataset that is wrong by itself.
    """
    model = catalogue.model[name]
    where, outcomes = f"[model.{name}.outcomes]", model.outcomes
    if outcomes is UNSET:
        return
    if outcomes.join_on:
        if outcomes.dataset not in broken_datasets:
            yield from _joined_mistakes(catalogue, name)
        return
    for key in ("dataset", "field"):
        if getattr(outcomes, key) is not None:
            yield f"{where} {key} goes with join_on: without it, outcomes are reported by prediction id"
    own = ModelScope(name).outcomes
    if catalogue.dataset[own] != outcomes_dataset(model, catalogue.dataset[model.dataset]):
        yield f"{where} makes the dataset {own}, and [dataset.{own}] is defined too; rename that one"


def _joined_mistakes(catalogue: Catalogue, name: str) -> Iterator[str]:
    model, where = catalogue.model[name], f"[model.{name}.outcomes]"
    [dataset] = outcome_datasets_of(catalogue, name)
    if dataset not in catalogue.dataset:
        yield f"{where} dataset: {no_dataset(catalogue, dataset)}"
        return
    outcomes = compiled_outcomes(catalogue, name)
    spine, held = catalogue.dataset[model.dataset].fields, outcomes.definition.fields
    label = spine[model.label]
    if outcomes.field not in held:
        yield (
            f"{where} field: {outcomes.field!r} is not a field of [dataset.{outcomes.dataset}]; "
            f"{alike(outcomes.field, held)}"
        )
    elif held[outcomes.field].type != label.type:
        yield (
            f"{where} field: {outcomes.field!r} is of type {held[outcomes.field].type} in "
            f"[dataset.{outcomes.dataset}], and the label {model.label!r} is of type {label.type}; outcomes are what "
            "labels are"
        )
    sent = _sent(catalogue, name)
    if len(set(outcomes.join_on)) < len(outcomes.join_on):
        yield f"{where} join_on: name each field only once"
    for field in outcomes.join_on:
        if field not in sent:
            yield f"{where} join_on: {field!r} is not sent with requests; {alike(field, sent)}"
        elif field not in held:
            yield f"{where} join_on: {field!r} is not a field of [dataset.{outcomes.dataset}]; {alike(field, held)}"
        elif held[field].type != sent[field].type:
            yield (
                f"{where} join_on: {field!r} is of type {held[field].type} in [dataset.{outcomes.dataset}], and "
                f"requests send {sent[field].type}; give it one type"
            )
        elif held[field].type not in _JOINED:
            yield f"{where} join_on: {field!r} is of type {held[field].type}, and only {', '.join(_JOINED)} name a row"


def _sent(catalogue: Catalogue, name: str) -> dict[str, Field]:
    """The fields of every request of a model: its inputs, and the keys of features that are looked up."""
    model = catalogue.model[name]
    spine = catalogue.dataset[model.dataset].fields
    keys = [
        key
        for view in views_of(catalogue.feature_view, model.features)
        if view in (model.lookup or ())
        for key in catalogue.feature_view[view].entity
    ]
    return {field: spine[field] for field in dict.fromkeys([*model.inputs, *keys])}
