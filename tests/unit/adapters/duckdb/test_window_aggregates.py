"""Aggregates over DuckDB: events that do not fit in memory at once, types, entities of several fields."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import duckdb
import pytest

from keepfit.adapters.duckdb import window_aggregates
from keepfit.adapters.duckdb.window_aggregates import aggregate_views
from keepfit.errors import InvalidDefinition
from keepfit.features.aggregates.registry import MODULES, aggregate_of
from keepfit.features.offline.plan import Aggregation, ViewJoin
from keepfit.features.schema.definition import DatasetDefinition, Field
from keepfit.features.sql_literals import quoted
from keepfit.instants import Duration

DATASET = DatasetDefinition(
    fields={
        "shop": Field(type="category"),
        "town": Field(type="int", nullable=True),
        "sold": Field(type="timestamp"),
        "known": Field(type="timestamp"),
        "price": Field(type="float", nullable=True),
        "colour": Field(type="category", nullable=True),
        "new": Field(type="bool", nullable=True),
    },
    event_time="sold",
    known_at="known",
)
_SALES = (
    "SELECT 'shop ' || n % 7 AS shop, CASE WHEN n % 5 > 0 THEN n % 3 END AS town, {at} AS sold, "
    "{at} + to_minutes(n * 37 % 200) AS known, CASE WHEN n % 11 > 0 THEN n % 13 / 10.0 END AS price, "
    "CASE WHEN n % 4 > 0 THEN 'colour ' || n % 9 END AS colour, n % 3 = 0 AS new FROM range({rows}) AS r(n)"
).replace("{at}", "TIMESTAMPTZ '2026-01-01 00:00:00+00' + to_minutes(CAST(n * 7919 % 5000 AS INTEGER))")
_SPINE = (
    "SELECT n AS line, CASE WHEN n % 10 > 0 THEN 'shop ' || n % 8 END AS shop, n % 4 AS town, "
    "TIMESTAMPTZ '2026-01-01 00:00:00+00' + to_minutes(CAST(n * 613 % 6000 AS INTEGER)) AS moment "
    "FROM range(60) AS r(n)"
)


@pytest.fixture
def database() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(f"CREATE TABLE sales AS {_SALES.format(rows=400)}")
        connection.execute(f"CREATE TABLE spine AS {_SPINE}")
        yield connection


def _aggregation(aggregate: str, of: str | None, **more: Any) -> Aggregation:
    gives = aggregate_of(aggregate).gives or (DATASET.fields[of].type if of else "int")
    return Aggregation(
        **{"aggregate": aggregate, "of": of, "window": Duration.parse("2d"), "type": gives, **more}
    )


def _view(**aggregates: Aggregation) -> ViewJoin:
    return ViewJoin(
        table="sales",
        entity=("shop",),
        event_time="sold",
        known_at="known",
        features={},
        delay=Duration.parse("1h"),
        ttl=Duration(0),
        aggregates=aggregates,
    )


_PARAMETERS = {"quantile": 0.9, "share_of": 0.3}
ALL = _view(
    **{name: _aggregation(name, "price", parameter=_PARAMETERS.get(name)) for name in MODULES},
    rows=_aggregation("count", None, window=Duration.parse("6h")),
    newest=_aggregation("last", "colour"),
    colours=_aggregation("distinct", "colour"),
    reds=_aggregation("share_of", "colour", parameter="colour 3"),
    new=_aggregation("max", "new"),
    since=_aggregation("min", "sold"),
    dear=_aggregation("count", "price", where=[">", ["column", "price", "float"], ["number", 1.0]]),
)


def _found(database: duckdb.DuckDBPyConnection, *views: ViewJoin) -> list[tuple[Any, ...]]:
    query = aggregate_views(database, "spine", "moment", views, {"sales": DATASET})
    names = ", ".join(
        f"epoch({name})" if name == "since" else quoted(name) for view in views for name in view.aggregates
    )
    return database.execute(f"SELECT line, {names} FROM ({query}) ORDER BY line").fetchall()


@pytest.mark.parametrize("at_once", [1, 50, 399])
def test_events_of_some_entities_after_the_others_give_the_same(
    database: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    whole = _found(database, ALL)
    assert sum(row[1] > 0 for row in whole) > 40
    monkeypatch.setattr(window_aggregates, "EVENTS_AT_ONCE", at_once)
    assert _found(database, ALL) == whole


def test_an_entity_whose_events_do_not_fit_in_memory_is_refused_and_told(
    database: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(window_aggregates, "EVENTS_AT_ONCE", 50)
    monkeypatch.setattr(window_aggregates, "MOST_OF_ONE_ENTITY", 55)
    with pytest.raises(InvalidDefinition) as error:
        _found(database, ALL)
    assert str(error.value).startswith("one shop has 58 rows that count and the other aggregates of its view")


def test_all_aggregates_of_a_view_read_its_events_once(
    database: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads, read = [], window_aggregates._read
    monkeypatch.setattr(window_aggregates, "_read", lambda *given: reads.append(given) or read(*given))
    windows = [Duration(3600 * hours) for hours in (1, 3, 24, 72, 168, 720)]
    many = {
        f"{name}_{window}": _aggregation(name, "price", window=window, parameter=_PARAMETERS.get(name))
        for name in MODULES
        for window in windows
    }
    _found(database, _view(**many))
    assert (len(many), len(reads)) == (66, 1)


def test_what_sql_says_of_windows_row_by_row_is_what_is_found(database: duckdb.DuckDBPyConnection) -> None:
    columns = {
        "count": "count(price)",
        "min": "min(price)",
        "max": "max(price)",
        "distinct": "count(DISTINCT price)",
        "newest": "arg_max(colour, (sold, known, colour)) FILTER (colour IS NOT NULL)",
        "colours": "count(DISTINCT colour)",
        "reds": "count(*) FILTER (colour = 'colour 3') / nullif(count(colour), 0)",
        "new": "bool_or(new)",
        "since": "epoch(min(sold))",
        "dear": "count(*) FILTER (price > 1)",
    }
    seen = "moment - to_hours(1)"
    inside = f"e.shop = s.shop AND sold BETWEEN {seen} - to_days(2) AND {seen} AND known <= {seen}"
    expected = database.execute(
        f"SELECT line, {', '.join(f'{sql} AS {quoted(name)}' for name, sql in columns.items())} FROM spine AS s "
        f"LEFT JOIN (SELECT DISTINCT * FROM sales) AS e ON {inside} GROUP BY line ORDER BY line"
    ).fetchall()
    view = replace(ALL, aggregates={name: ALL.aggregates[name] for name in columns})
    assert _found(database, view) == expected


def test_an_entity_of_two_fields_is_matched_by_both_and_by_no_null(
    database: duckdb.DuckDBPyConnection,
) -> None:
    view = replace(_view(n=_aggregation("count", None)), entity=("shop", "town"))
    seen = "moment - to_hours(1)"
    inside = f"e.shop = s.shop AND e.town = s.town AND sold BETWEEN {seen} - to_days(2) AND {seen} AND known <= {seen}"
    expected = database.execute(
        f"SELECT line, count(e.shop) FROM spine AS s LEFT JOIN (SELECT DISTINCT * FROM sales) AS e ON {inside} "
        "GROUP BY line ORDER BY line"
    ).fetchall()
    assert _found(database, view) == expected


def test_without_events_windows_are_empty_and_keep_their_types(database: duckdb.DuckDBPyConnection) -> None:
    database.execute("DELETE FROM sales")
    empty = [
        0 if name in ("count", "distinct", "rows", "colours", "dear") else None for name in ALL.aggregates
    ]
    assert _found(database, ALL) == [(line, *empty) for line in range(60)]
    query = aggregate_views(database, "spine", "moment", [ALL], {"sales": DATASET})
    kinds = {name: kind for name, kind, *_ in database.execute(f"DESCRIBE {query}").fetchall()}
    assert (kinds["newest"], kinds["new"], kinds["since"]) == (
        "VARCHAR",
        "BOOLEAN",
        "TIMESTAMP WITH TIME ZONE",
    )


def test_views_of_several_entities_stand_side_by_side(database: duckdb.DuckDBPyConnection) -> None:
    by_shop = _view(of_shop=_aggregation("count", None))
    by_town = replace(_view(of_town=_aggregation("count", None)), entity=("town",))
    both = _found(database, by_shop, by_town)
    assert [row[:2] for row in both] == _found(database, by_shop)
    assert [row[::2] for row in both] == _found(database, by_town)


def test_a_spine_without_rows_and_one_without_aggregates_are_themselves(
    database: duckdb.DuckDBPyConnection,
) -> None:
    database.execute("DELETE FROM spine")
    assert _found(database, ALL) == []
    assert aggregate_views(database, "spine", "moment", [], {}) == "SELECT * FROM spine"
