"""Features that a model takes of its views: which, of what types, and the filters that they need."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from keepfit.definitions.compiled_model import ViewFeature
from keepfit.definitions.model import Catalogue, ModelDefinition
from keepfit.definitions.reference_checks import taken_from
from keepfit.definitions.view_checks import filters_of
from keepfit.definitions.view_versions import view_and_field
from keepfit.features.schema.cell_form import FieldType
from keepfit.features.schema.view_definition import FeatureViewDefinition
from keepfit.features.schema.view_features import feature_types


def taken_features(catalogue: Catalogue, model: ModelDefinition) -> list[ViewFeature]:
    """The features of a model, each with its view."""
    return [
        ViewFeature(view=view, field=chosen)
        for view, field in (view_and_field(catalogue.feature_view, each) for each in model.features)
        for chosen in taken_from(catalogue, view, field)
    ]


def types_of(catalogue: Catalogue, features: list[ViewFeature]) -> dict[str, FieldType]:
    """The types of features, by their names."""
    views = {name: catalogue.feature_view[name] for name in dict.fromkeys(each.view for each in features)}
    types = {name: feature_types(view, catalogue.dataset[view.dataset]) for name, view in views.items()}
    return {feature.field: types[feature.view][feature.field] for feature in features}


def filters_by_view(
    catalogue: Catalogue, views: Mapping[str, FeatureViewDefinition]
) -> dict[str, dict[str, list[Any]]]:
    """The trees of the filters of views that have any, by their SQL."""
    filters = {name: filters_of(view, catalogue.dataset[view.dataset]) for name, view in views.items()}
    return {name: trees for name, trees in filters.items() if trees}


def read_types(catalogue: Catalogue, model: ModelDefinition) -> dict[str, FieldType]:
    """The types of the fields and features that a model reads, by their names."""
    spine = catalogue.dataset[model.dataset]
    inputs = {name: spine.fields[name].type for name in model.inputs}
    return {**inputs, **types_of(catalogue, taken_features(catalogue, model))}
