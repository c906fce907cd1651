"""Point-in-time joins, against an oracle that looks at every row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

import duckdb
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from keepfit.adapters.duckdb.point_in_time import join_views
from keepfit.features.offline.plan import ViewJoin
from keepfit.features.schema.cell_form import FieldType
from keepfit.features.schema.types.base import type_of
from keepfit.instants import Duration
from tests.drawn import examples

START = datetime(2013, 1, 1, tzinfo=UTC)
DELAY, TTL = Duration(3), Duration(10)
Database = duckdb.DuckDBPyConnection
Moment = tuple[str | None, int]
Row = tuple[str | None, int, int, int | None]  # entity, event second, seconds until known, value

_entities = st.sampled_from(["a", "b", None])
# Known up to 25 seconds before, as forecasts and prices are, or up to twelve after.
_rows = st.tuples(_entities, st.integers(0, 40), st.integers(-25, 12), st.none() | st.integers(0, 3))
_moments = st.tuples(_entities, st.integers(0, 60))


@pytest.fixture(scope="module")
def database() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        yield connection


@examples(150)
@given(rows=st.lists(_rows, max_size=25), moments=st.lists(_moments, min_size=1, max_size=10))
@example(rows=[("a", 5, 0, 1), ("a", 4, 9, 2)], moments=[("a", 20)])
@example(rows=[("a", 5, 0, 1), ("a", 5, 0, 2)], moments=[("a", 8)])
@example(rows=[("a", 0, 0, 1), ("a", 9, -5, 2), ("a", 8, 0, 3)], moments=[("a", 11)])
@example(rows=[("a", 5, -5, 2), ("a", 5, -1, 1)], moments=[("a", 8)])
@example(rows=[("a", 0, 0, 1), ("a", 20, -20, 2)], moments=[("a", 12)])
def test_each_row_gets_the_newest_event_that_was_known_in_time(
    database: Database, rows: list[Row], moments: list[Moment]
) -> None:
    joined = _join(database, rows, moments)
    assert joined == [_oracle(rows, entity, moment) for entity, moment in moments]


@examples(100)
@given(rows=st.lists(_rows, max_size=25), moments=st.lists(_moments, min_size=1, max_size=10))
@example(rows=[("a", 5, 0, 1), ("a", 5, 0, None)], moments=[("a", 8), ("a", 8)])
def test_what_has_no_time_of_its_own_is_known_when_it_happens(
    database: Database, rows: list[Row], moments: list[Moment]
) -> None:
    at_once = [(entity, event, 0, value) for entity, event, _, value in rows]
    joined = _join(database, at_once, moments, known_at="happened")
    assert joined == [_oracle(at_once, entity, moment) for entity, moment in moments]


@examples(50)
@given(rows=st.lists(_rows, max_size=20), moments=st.lists(_moments, min_size=1, max_size=8))
def test_views_of_one_dataset_know_nothing_of_each_other(
    database: Database, rows: list[Row], moments: list[Moment]
) -> None:
    _tables(database, rows, moments)
    views = [_view(known_at="known", feature="value"), _view(known_at="happened", feature="again")]
    query = join_views(database, "spine", "moment", views)
    described = database.execute(f"DESCRIBE {query}").fetchall()
    assert [name for name, *_ in described] == ["entity", "moment", "line", "value", "again"]
    found = database.execute(f"SELECT line, value, again FROM ({query})").fetchall()
    for line, late, timely in found:
        entity, moment = moments[line]
        assert late == _oracle(rows, entity, moment)
        assert timely == _oracle([(e, event, 0, value) for e, event, _, value in rows], entity, moment)


@examples(100)
@given(
    rows=st.lists(_rows, max_size=20),
    moments=st.lists(_moments, min_size=1, max_size=8),
    late=st.lists(_rows, max_size=5),
)
def test_features_never_come_from_the_future(
    database: Database, rows: list[Row], moments: list[Moment], late: list[Row]
) -> None:
    """What becomes known after a moment, whatever it is, changes nothing at that moment."""
    last = max(moment for _, moment in moments)
    future = [
        (entity, event, last + 1 - event + abs(known), value)
        for entity, event, known, value in late
        if event <= last
    ]
    assert _join(database, rows, moments) == _join(database, [*rows, *future], moments)


@examples(50)
@given(
    rows=st.lists(_rows, max_size=20), moments=st.lists(_moments, min_size=1, max_size=8), random=st.randoms()
)
def test_the_order_in_which_rows_arrived_changes_nothing(
    database: Database, rows: list[Row], moments: list[Moment], random: Random
) -> None:
    shuffled = random.sample(rows, len(rows))
    assert _join(database, rows, moments) == _join(database, shuffled, moments)


def test_a_price_announced_in_advance_counts_from_the_day_it_takes_effect(database: Database) -> None:
    day = 86_400
    prices = [("a", 0, 0, 10), ("a", 59 * day, -28 * day, 12), ("a", 40 * day, 0, 9)]
    asked = [("a", 39 * day), ("a", 45 * day), ("a", 60 * day)]
    assert _join(database, prices, asked, ttl=Duration.parse("365d")) == [10, 9, 12]


def test_what_is_announced_is_as_old_as_its_event_and_not_as_its_announcement(database: Database) -> None:
    announced = [("a", 30, -30, 7)]
    last = 30 + DELAY.seconds + TTL.seconds
    assert _join(database, announced, [("a", last), ("a", last + 1)]) == [7, None]


@pytest.mark.parametrize(
    ("kind", "sql", "values"),
    [
        ("float", "DOUBLE", [1.5, -0.25, None]),
        ("int", "BIGINT", [2**62 + 1, -1, None]),
        ("bool", "BOOLEAN", [True, False, None]),
        ("category", "VARCHAR", ["Zürich", "", None]),
        ("timestamp", "TIMESTAMPTZ", [START, START + timedelta(microseconds=1), None]),
    ],
)
def test_features_of_every_type_come_back_as_they_are(
    database: Database, kind: FieldType, sql: str, values: list[object]
) -> None:
    observed = [(number, START, value) for number, value in enumerate(values)]
    _table(database, "observed", f"entity BIGINT, happened TIMESTAMPTZ, value {sql}", observed)
    spine = [(number, START + timedelta(seconds=5), number) for number in range(len(values))]
    _table(database, "spine", "entity BIGINT, moment TIMESTAMPTZ, line INTEGER", spine)
    view = replace(_view(known_at="happened", feature="value"), features={"value": kind})
    query = join_views(database, "spine", "moment", [view])
    assert _type_of(database, query, "value") == _type_of(database, "FROM observed", "value")
    same = f"SELECT f.value IS NOT DISTINCT FROM o.value FROM ({query}) f JOIN observed o USING (entity)"
    assert database.execute(same).fetchall() == [(True,)] * len(values)


@pytest.mark.parametrize("kind", ["category", "timestamp", "bool"])
def test_a_feature_of_which_nothing_is_known_keeps_its_type(database: Database, kind: FieldType) -> None:
    sql = type_of(kind).storage
    _table(database, "observed", f"entity BIGINT, happened TIMESTAMPTZ, value {sql}", [])
    _table(database, "spine", "entity BIGINT, moment TIMESTAMPTZ, line INTEGER", [(1, START, 0)])
    view = replace(_view(known_at="happened", feature="value"), features={"value": kind})
    query = join_views(database, "spine", "moment", [view])
    assert _type_of(database, query, "value") == _type_of(database, "FROM observed", "value")
    assert database.execute(f"SELECT value FROM ({query})").fetchall() == [(None,)]


def test_texts_of_one_instant_are_told_apart_by_their_values(database: Database) -> None:
    observed = [("a", START, value) for value in ("b", "é", None, "c")]
    _table(database, "observed", "entity VARCHAR, happened TIMESTAMPTZ, value VARCHAR", observed)
    spine = [("a", START + timedelta(seconds=5), 0)]
    _table(database, "spine", "entity VARCHAR, moment TIMESTAMPTZ, line INTEGER", spine)
    view = replace(_view(known_at="happened", feature="value"), features={"value": "category"})
    query = join_views(database, "spine", "moment", [view])
    assert database.execute(f"SELECT value FROM ({query})").fetchall() == [("é",)]


def test_an_entity_of_two_fields_is_matched_by_both_and_by_no_null(database: Database) -> None:
    columns = "origin VARCHAR, carrier VARCHAR, happened TIMESTAMPTZ, value BIGINT"
    observed = [("JFK", "UA", START, 1), ("JFK", "AA", START, 2), ("JFK", None, START, 3)]
    _table(database, "observed", columns, observed)
    at = START + timedelta(seconds=5)
    spine = [("JFK", "AA", at, 0), ("EWR", "UA", at, 1), ("JFK", None, at, 2), ("JFK", "UA", at, 3)]
    _table(database, "spine", "origin VARCHAR, carrier VARCHAR, moment TIMESTAMPTZ, line INTEGER", spine)
    view = replace(_view(known_at="happened", feature="value"), entity=("origin", "carrier"))
    query = join_views(database, "spine", "moment", [view])
    found = database.execute(f"SELECT line, value FROM ({query}) ORDER BY line").fetchall()
    assert found == [(0, 2), (1, None), (2, None), (3, 1)]


def test_a_row_keeps_its_place_when_nothing_is_known_of_it(database: Database) -> None:
    assert _join(database, [], [("a", 1), (None, 2)]) == [None, None]


def test_a_spine_without_views_is_itself() -> None:
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE spine AS SELECT 1 AS x")
        assert connection.execute(join_views(connection, "spine", "at", [])).fetchall() == [(1,)]


def _join(
    database: Database,
    rows: list[Row],
    moments: list[Moment],
    *,
    known_at: str = "known",
    ttl: Duration = TTL,
) -> list[int | None]:
    _tables(database, rows, moments)
    view = replace(_view(known_at=known_at, feature="value"), ttl=ttl)
    query = join_views(database, "spine", "moment", [view])
    return [value for (value,) in database.execute(f"SELECT value FROM ({query}) ORDER BY line").fetchall()]


def _type_of(database: Database, query: str, column: str) -> str:
    described = database.execute(f"DESCRIBE {query}").fetchall()
    return next(str(kind) for name, kind, *_ in described if name == column)


def _view(*, known_at: str, feature: str) -> ViewJoin:
    return ViewJoin(
        table="observed",
        entity=("entity",),
        event_time="happened",
        known_at=known_at,
        features={feature: "int"},
        delay=DELAY,
        ttl=TTL,
    )


def _tables(database: Database, rows: list[Row], moments: list[Moment]) -> None:
    observed = [
        (
            entity,
            START + timedelta(seconds=event),
            START + timedelta(seconds=event + until_known),
            value,
            value,
        )
        for entity, event, until_known, value in rows
    ]
    spine = [(entity, START + timedelta(seconds=at), line) for line, (entity, at) in enumerate(moments)]
    _table(
        database,
        "observed",
        "entity VARCHAR, happened TIMESTAMPTZ, known TIMESTAMPTZ, value BIGINT, again BIGINT",
        observed,
    )
    _table(database, "spine", "entity VARCHAR, moment TIMESTAMPTZ, line INTEGER", spine)


def _table(database: Database, name: str, columns: str, rows: Sequence[tuple[object, ...]]) -> None:
    database.execute(f"CREATE OR REPLACE TABLE {name} ({columns})")
    if rows:
        marks = ", ".join(f"({', '.join('?' * len(row))})" for row in rows)
        database.execute(f"INSERT INTO {name} VALUES {marks}", [value for row in rows for value in row])


def _oracle(rows: list[Row], entity: str | None, moment: int) -> int | None:
    seen = moment - DELAY.seconds
    counted = [
        (event, event + known, -1 if value is None else value)
        for owner, event, known, value in rows
        if owner is not None and owner == entity and max(event, event + known) <= seen
    ]
    if not counted:
        return None
    event, _, value = max(counted)
    return None if value < 0 or event < seen - TTL.seconds else value
