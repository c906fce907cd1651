"""The features of a view and their types, from its definition."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from msgspec import UNSET
from msgspec.structs import replace

from keepfit.features.aggregates.registry import aggregate_of
from keepfit.features.schema.categories import category
from keepfit.features.schema.cell_form import FieldType
from keepfit.features.schema.dataset_cells import cells_of
from keepfit.features.schema.definition import DatasetDefinition, Field
from keepfit.features.schema.view_definition import AggregateDefinition, FeatureViewDefinition
from keepfit.instants import Duration


class WindowFeature(NamedTuple):
    """A feature that is an aggregate of one window."""

    aggregate: AggregateDefinition
    window: Duration


def rows_of_view(view: FeatureViewDefinition, dataset: DatasetDefinition) -> DatasetDefinition:
    """What the rows of a view hold: those of its dataset, or what its SQL gives."""
    if view.sql is UNSET:
        return dataset
    times = [time for time in (dataset.event_time, dataset.known_at) if time]
    kept = {name: dataset.fields[name] for name in [*view.entity, *times] if name in dataset.fields}
    return replace(dataset, fields=kept | (view.fields or {}), key=[])


def feature_names(view: FeatureViewDefinition) -> list[str]:
    """The features of a view in order: the newest values, then the aggregates, window by window.

    Raises ValueError for a window that is no duration.
    """
    return [*view.latest, *window_features(view)]


def window_features(view: FeatureViewDefinition) -> dict[str, WindowFeature]:
    """The features of a view that are aggregates, by their names."""
    return {
        feature: WindowFeature(aggregate, window)
        for name, aggregate in view.aggregated.items()
        for feature, window in aggregate.features(name).items()
    }


def feature_fields(view: FeatureViewDefinition, dataset: DatasetDefinition) -> dict[str, Field]:
    """What each feature of a view holds, and how it is written where clients send it; any may be missing."""
    cells = cells_of(rows_of_view(view, dataset))
    newest = {name: replace(cells[name], nullable=True) for name in view.latest}
    return newest | dict(_aggregated(window_features(view), cells))


def feature_types(view: FeatureViewDefinition, dataset: DatasetDefinition) -> dict[str, FieldType]:
    """The type of each feature of a view."""
    return {name: field.type for name, field in feature_fields(view, dataset).items()}


def parameter_of(aggregate: AggregateDefinition, dataset: DatasetDefinition) -> Any:
    """What an aggregate needs beside the values of its field, as they are written; None for nothing."""
    key = aggregate_of(aggregate.aggregate).parameter
    given: Any = getattr(aggregate, key) if key else None
    of_category = aggregate.of and dataset.fields[aggregate.of].type == "category"
    return category(given) if key == "value" and of_category else given


def _aggregated(
    features: Mapping[str, WindowFeature], cells: Mapping[str, Field]
) -> Iterator[tuple[str, Field]]:
    for name, (aggregate, window) in features.items():
        of = cells[aggregate.of] if aggregate.of is not UNSET else None
        said = f"{aggregate.aggregate} of {aggregate.of or 'rows'} in the last {window}"
        gives = aggregate_of(aggregate.aggregate).gives
        if gives is not None:
            unit = of.unit if of and gives == of.type == "float" else None
            sensitive = of.sensitive if of else UNSET
            yield name, Field(type=gives, nullable=True, unit=unit, description=said, sensitive=sensitive)
        elif of is not None:
            yield name, replace(of, nullable=True, description=said)
