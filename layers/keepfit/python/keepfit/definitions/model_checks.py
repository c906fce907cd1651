"""Checks of a model and of all that it names in the catalogue."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from keepfit.definitions.engine_checks import engine_mistakes
from keepfit.definitions.evaluation_checks import evaluation_mistakes
from keepfit.definitions.lookup_checks import lookup_mistakes
from keepfit.definitions.model import Catalogue, ModelDefinition
from keepfit.definitions.model_test_checks import model_test_mistakes
from keepfit.definitions.outcome_datasets import (
    outcome_mistakes,
)
from keepfit.definitions.policy_checks import policy_mistakes
from keepfit.definitions.reference_checks import (
    column_mistakes,
    derived_mistakes,
    feature_mistakes,
    label_and_input_mistakes,
    learning_mistakes,
    no_dataset,
)
from keepfit.definitions.retention_checks import kept_rows_mistakes
from keepfit.definitions.segment_checks import segment_mistakes
from keepfit.definitions.sensitive_checks import sensitive_mistakes
from keepfit.definitions.serving_checks import serving_mistakes
from keepfit.definitions.split_checks import split_mistakes
from keepfit.definitions.used_features import taken_features, types_of
from keepfit.definitions.view_versions import views_of
from keepfit.features.schema.cell_form import FieldType
from keepfit.features.schema.definition import DatasetDefinition

_NONE: Final[frozenset[str]] = frozenset()


def model_mistakes(
    catalogue: Catalogue,
    name: str,
    unread: frozenset[str] = _NONE,
    broken_datasets: frozenset[str] = _NONE,
    broken_views: frozenset[str] = _NONE,
) -> Iterator[str]:
    """The mistakes in a model and in its references.

    Args:
        catalogue: holds the model.
        name: the model's.
        unread: keys of the model that were wrong by themselves and stand there as if they were left out.
        broken_datasets: datasets that are wrong by themselves.
        broken_views: views likewise.
    """
    model = catalogue.model[name]
    yield from column_mistakes(f"[model.{name}.derive]", model.derive)
    yield from policy_mistakes(name, model, unread)
    if model.dataset in broken_datasets:
        return
    if model.dataset not in catalogue.dataset:
        yield f"[model.{name}] dataset: {no_dataset(catalogue, model.dataset)}"
        return
    spine = catalogue.dataset[model.dataset]
    mistakes = [
        *label_and_input_mistakes(name, model, spine),
        *feature_mistakes(catalogue, name, broken_views),
    ]
    yield from mistakes
    read = {*views_of(catalogue.feature_view, model.features)}
    if not mistakes and not read & broken_views and "outcomes" not in unread:
        yield from outcome_mistakes(catalogue, name, broken_datasets)
    # What is learned from is known only where all of it is right.
    if mistakes or read & broken_views or unread & {"features", "derive", "monitoring"}:
        return
    yield from _learned_mistakes(catalogue, name, unread)


def _learned_mistakes(catalogue: Catalogue, name: str, unread: frozenset[str]) -> Iterator[str]:
    """The mistakes of a model in what it learns from, all of which is known."""
    model = catalogue.model[name]
    spine = catalogue.dataset[model.dataset]
    if not unread & {"release", "outcomes"}:
        yield from sensitive_mistakes(catalogue, name)
    if "serving" not in unread:
        yield from serving_mistakes(name, model, spine)
    if "lookup" not in unread:
        yield from lookup_mistakes(catalogue, name, model)
    if not unread & {"training", "segments"}:
        yield from segment_mistakes(name, model, spine)
    if "training" not in unread:
        yield from split_mistakes(name, model, spine)
        yield from engine_mistakes(catalogue, name)
        yield from kept_rows_mistakes(catalogue, name)
    types = column_types(model, spine, types_of(catalogue, taken_features(catalogue, model)))
    yield from learning_mistakes(name, model, types)
    if "evaluation" not in unread:
        own = {field: declared.type for field, declared in spine.fields.items()}
        yield from evaluation_mistakes(name, model, {**types, **own})
    yield from derived_mistakes(name, model, types, [*spine.fields, *types])
    if "tests" not in unread:
        yield from model_test_mistakes(name, model, types)


def column_types(
    model: ModelDefinition, spine: DatasetDefinition, features: dict[str, FieldType]
) -> dict[str, FieldType]:
    """The types of all columns that an expression may use: the model's inputs and features."""
    return {**{i: spine.fields[i].type for i in model.inputs}, **features}
