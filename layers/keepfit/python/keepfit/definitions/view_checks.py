"""View checks: fields, aggregates, windows and filters of a feature view."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any, Final

from msgspec import UNSET

from keepfit.definitions.mistakes import alike, shortened
from keepfit.definitions.model import Catalogue
from keepfit.definitions.reference_checks import column_mistakes, no_dataset
from keepfit.definitions.view_sql_checks import sql_mistakes
from keepfit.definitions.view_versions import version_mistakes
from keepfit.errors import InvalidDefinition
from keepfit.features.aggregates.base import Aggregate
from keepfit.features.aggregates.registry import aggregate_of
from keepfit.features.expressions.parse import compile_expression
from keepfit.features.schema.definition import DatasetDefinition
from keepfit.features.schema.types.base import type_of
from keepfit.features.schema.view_definition import AggregateDefinition, FeatureViewDefinition
from keepfit.features.schema.view_features import rows_of_view
from keepfit.instants import Duration

SHORTEST: Final = Duration.parse("1h")
LONGEST: Final = Duration.parse("365d")
_VALUES: Mapping[str, tuple[type, ...]] = {"number": (int, float), "bool": (bool,), "text": (str,)}


def view_mistakes(catalogue: Catalogue, name: str, broken: frozenset[str] = frozenset()) -> Iterator[str]:
    """The mistakes in a view and its references to its dataset, unless that is ``broken``."""
    view, table = catalogue.feature_view[name], f"[feature_view.{name}]"
    yield from version_mistakes(catalogue.feature_view, name)
    if view.ttl is not None and not view.ttl.seconds:
        yield f"{table} ttl must be longer than nothing, or no value ever counts"
    if not view.latest and not view.aggregated:
        yield f"{table} latest: name at least one field, or define an aggregate"
    for key, named in (("entity", view.entity), ("latest", view.latest)):
        if (key == "entity" and not named) or len(set(named)) < len(named):
            yield f"{table} {key}: name at least one field, and each only once"
    windows = [*_window_mistakes(name, view)]
    yield from windows or _name_mistakes(name, view)
    if view.dataset in broken:
        return
    if view.dataset not in catalogue.dataset:
        yield f"{table} dataset: {no_dataset(catalogue, view.dataset)}"
        return
    yield from _age_mistakes(table, view, catalogue.dataset[view.dataset])
    in_sql = list(sql_mistakes(name, view, catalogue.dataset[view.dataset]))
    yield from in_sql
    if in_sql:
        return
    dataset = rows_of_view(view, catalogue.dataset[view.dataset])
    yield from _field_mistakes(table, view, dataset)
    yield from _filter_mistakes(f"{table} where", view.where, dataset)
    for aggregate, defined in view.aggregated.items():
        yield from _aggregate_mistakes(f"[feature_view.{name}.aggregates] {aggregate}", defined, dataset)


def filters_of(view: FeatureViewDefinition, dataset: DatasetDefinition) -> dict[str, list[Any]]:
    """The trees of the filters of a view and its aggregates, by their SQL. Raises InvalidDefinition."""
    written = [view.where, *(aggregate.where for aggregate in view.aggregated.values())]
    dataset = rows_of_view(view, dataset)
    return {sql: _filter(sql, dataset) for sql in written if sql is not UNSET}


def _filter(sql: str, dataset: DatasetDefinition) -> list[Any]:
    tree, kind = compile_expression(sql, {name: field.type for name, field in dataset.fields.items()})
    if kind != "bool":
        raise InvalidDefinition(f"gives a {kind}; a filter gives true or false, such as amount > 0")
    return tree


def _filter_mistakes(where: str, sql: Any, dataset: DatasetDefinition) -> Iterator[str]:
    if sql is UNSET:
        return
    try:
        _filter(sql, dataset)
    except InvalidDefinition as error:
        yield f"{where} = {shortened(sql)!r}: {error}"


def _age_mistakes(table: str, view: FeatureViewDefinition, dataset: DatasetDefinition) -> Iterator[str]:
    if dataset.event_time:
        if view.latest and view.ttl is None:
            yield f"{table} ttl is missing: set how old a value may be, such as ttl = '30d'"
        if view.aggregated and not view.latest and view.ttl is not None:
            yield f"{table} ttl is for latest, which names no field; how far an aggregate reaches back is its window"
        return
    if view.ttl is not None or view.delay.seconds:
        yield (
            f"{table} ttl and delay count from the time of a value, and [dataset.{view.dataset}] has no event_time: "
            "leave them out, or name its event_time"
        )
    if view.aggregated:
        yield (
            f"[{table[1:-1]}.aggregates] windows are of time, and [dataset.{view.dataset}] has no event_time: name it, "
            "or take the newest values by latest"
        )


def _field_mistakes(table: str, view: FeatureViewDefinition, dataset: DatasetDefinition) -> Iterator[str]:
    fields = dataset.fields
    for key, named in (("entity", view.entity), ("latest", view.latest)):
        for field in named:
            if field not in fields:
                yield (
                    f"{table} {key}: {field!r} is not a field of [dataset.{view.dataset}]; {alike(field, fields)}"
                )
    beside = [field for field in (*view.entity, dataset.event_time) if field and field not in dataset.key]
    if dataset.key and beside:
        # A correction that moved a row to another entity or instant would leave the old one behind.
        yield (f"{table} reads [dataset.{view.dataset}], whose key must then name {', '.join(beside)} too")
    if dataset.key and view.latest and view.where is not UNSET:
        yield (
            f"{table} where: a correction may take a row of [dataset.{view.dataset}] out of the filter, and latest "
            "would go on with the row of before; leave it out, or take the aggregate last, which does not"
        )


def _window_mistakes(name: str, view: FeatureViewDefinition) -> Iterator[str]:
    for aggregate, defined in view.aggregated.items():
        where, lengths = f"[feature_view.{name}.aggregates] {aggregate}: window", set()
        if not defined.windows:
            yield f"{where} names no duration: write one from '{SHORTEST}' to '{LONGEST}'"
        for window in defined.windows:
            try:
                length = Duration.parse(window)
            except ValueError as error:
                yield f"{where} cannot be {shortened(window)!r}: {error}"
                continue
            if not SHORTEST <= length <= LONGEST:
                yield f"{where} = {window!r} must be from '{SHORTEST}' to '{LONGEST}'"
            if length in lengths:
                yield f"{where} names {str(length)!r} twice"
            lengths.add(length)


def _name_mistakes(name: str, view: FeatureViewDefinition) -> Iterator[str]:
    table = f"[feature_view.{name}.aggregates]"
    yield from column_mistakes(table, view.aggregated)
    features = {aggregate: [*defined.features(aggregate)] for aggregate, defined in view.aggregated.items()}
    taken = [*view.entity, *view.latest, *chain.from_iterable(features.values())]
    times = Counter(feature.casefold() for feature in taken)
    for aggregate, named in features.items():
        for feature in named:
            if times[feature.casefold()] > 1:
                yield f"{table} {aggregate}: another feature or the entity is called {feature!r} too; rename one"


def _aggregate_mistakes(
    where: str, defined: AggregateDefinition, dataset: DatasetDefinition
) -> Iterator[str]:
    aggregate = aggregate_of(defined.aggregate)
    yield from _parameter_mistakes(where, defined, aggregate)
    yield from _filter_mistakes(f"{where}: where", defined.where, dataset)
    if defined.of is UNSET:
        if not aggregate.optional_of:
            yield f"{where}: of is missing: name the field that {defined.aggregate} is of"
        return
    if defined.of not in dataset.fields:
        yield f"{where}: of = {defined.of!r} is not a field of its dataset; {alike(defined.of, dataset.fields)}"
        return
    kind = dataset.fields[defined.of].type
    typed = type_of(kind).expression
    if typed not in aggregate.takes:
        taken = " or ".join(sorted(aggregate.takes))
        yield f"{where}: of = {defined.of!r} is of type {kind}, and {defined.aggregate} takes a {taken}"
    elif aggregate.parameter == "value" and type(defined.value) not in (*_VALUES[typed], type(UNSET)):
        yield f"{where}: value = {defined.value!r} is never a value of {defined.of!r}, which is of type {kind}"


def _parameter_mistakes(where: str, defined: AggregateDefinition, aggregate: Aggregate[Any]) -> Iterator[str]:
    for key, example in (("q", "0.9"), ("value", "'cancelled'")):
        given = getattr(defined, key) is not UNSET
        if given and aggregate.parameter != key:
            yield f"{where}: {key} is not for {defined.aggregate}; leave it out"
        if not given and aggregate.parameter == key:
            yield f"{where}: {key} is missing: {defined.aggregate} needs one, such as {key} = {example}"
