"""Checks of what joins features, and the SQL of a definition as Spark says it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from keepfit.definitions.model import Catalogue
from keepfit.definitions.used_features import filters_by_view, taken_features
from keepfit.features.datasets.kept_texts import kept_texts
from keepfit.features.expressions.duckdb_sql import to_sql
from keepfit.features.expressions.spark_sql import differing, to_spark
from keepfit.features.schema.definition import DatasetDefinition
from keepfit.features.schema.types.base import type_of
from keepfit.features.schema.view_definition import FeatureViewDefinition
from keepfit.features.schema.view_features import feature_types

Filters = Mapping[str, Mapping[str, list[Any]]]


def engine_mistakes(catalogue: Catalogue, name: str) -> Iterator[str]:
    """What Spark would not compute as DuckDB does, of the views that a model reads."""
    model, datasets = catalogue.model[name], catalogue.dataset
    if not model.training.may_use_spark:
        return
    views = {each.view: catalogue.feature_view[each.view] for each in taken_features(catalogue, model)}
    filters = filters_by_view(catalogue, views)
    where = f"[model.{name}.training] engine = {model.training.engine!r}:"
    timed = {key: view for key, view in views.items() if datasets[view.dataset].event_time}
    if not timed:
        yield f"{where} the model reads no view whose rows have a time, so there is nothing to join; leave it out"
    for key, view in timed.items():
        yield from (f"{where} {mistake}" for mistake in _view_mistakes(key, view, datasets, filters))


def _view_mistakes(
    name: str, view: FeatureViewDefinition, datasets: Mapping[str, DatasetDefinition], filters: Filters
) -> Iterator[str]:
    for sql, tree in filters.get(name, {}).items():
        if found := sorted(set(differing(tree))):
            yield (
                f"the filter {sql!r} of the view {name} uses {', '.join(found)}, which Spark may compute otherwise; "
                "make it a column of a view in SQL, or leave the engine out"
            )
    for feature, kind in feature_types(view, datasets[view.dataset]).items():
        if type_of(kind).is_list:
            yield f"{name}:{feature} is a vector, which DuckDB alone joins; leave the engine out"
    if view.sql:
        try:
            to_spark(view.sql)
        except ValueError as error:
            yield f"the sql of the view {name} cannot be said in Spark's dialect: {error}; leave the engine out"


def spark_texts(
    views: Iterable[FeatureViewDefinition], datasets: Mapping[str, DatasetDefinition], filters: Filters
) -> dict[str, str]:
    """DuckDB's SQL that a join on Spark is made of, with the same in Spark's dialect."""
    timed = [view for view in views if datasets[view.dataset].event_time]
    texts = [
        *(text for view in timed for text in kept_texts(datasets[view.dataset])),
        *(to_sql(tree, "bool") for trees in filters.values() for tree in trees.values()),
        *(view.sql for view in timed if view.sql),
    ]
    return {text: to_spark(text) for text in dict.fromkeys(texts)}
