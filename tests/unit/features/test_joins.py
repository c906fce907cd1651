"""Point-in-time joins, against an oracle that looks at every row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from random import Random

import duckdb
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from keepfit.features.joins import ViewJoin, point_in_time_join
from keepfit.instants import Duration

START = datetime(2013, 1, 1, tzinfo=UTC)
DELAY, TTL = Duration(3), Duration(10)
Database = duckdb.DuckDBPyConnection
Moment = tuple[str | None, int]
Row = tuple[str | None, int, int, int | None]  # entity, event second, seconds until known, value

_entities = st.sampled_from(["a", "b", None])
_rows = st.tuples(_entities, st.integers(0, 40), st.integers(0, 12), st.none() | st.integers(0, 3))
_moments = st.tuples(_entities, st.integers(0, 60))


@pytest.fixture(scope="module")
def database() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        yield connection


@settings(max_examples=150, deadline=None)
@given(rows=st.lists(_rows, max_size=25), moments=st.lists(_moments, min_size=1, max_size=10))
@example(rows=[("a", 5, 0, 1), ("a", 4, 9, 2)], moments=[("a", 20)])
@example(rows=[("a", 5, 0, 1), ("a", 5, 0, 2)], moments=[("a", 8)])
def test_each_row_gets_the_newest_event_that_was_known_in_time(
    database: Database, rows: list[Row], moments: list[Moment]
) -> None:
    joined = _join(database, rows, moments)
    assert joined == [_oracle(rows, entity, moment) for entity, moment in moments]


@settings(max_examples=100, deadline=None)
@given(rows=st.lists(_rows, max_size=25), moments=st.lists(_moments, min_size=1, max_size=10))
@example(rows=[("a", 5, 0, 1), ("a", 5, 0, None)], moments=[("a", 8), ("a", 8)])
def test_what_has_no_time_of_its_own_is_known_when_it_happens(
    database: Database, rows: list[Row], moments: list[Moment]
) -> None:
    at_once = [(entity, event, 0, value) for entity, event, _, value in rows]
    joined = _join(database, at_once, moments, known_at="happened")
    assert joined == [_oracle(at_once, entity, moment) for entity, moment in moments]


@settings(max_examples=50, deadline=None)
@given(rows=st.lists(_rows, max_size=20), moments=st.lists(_moments, min_size=1, max_size=8))
def test_views_of_one_dataset_know_nothing_of_each_other(
    database: Database, rows: list[Row], moments: list[Moment]
) -> None:
    _tables(database, rows, moments)
    views = [_view(known_at="known", feature="value"), _view(known_at="happened", feature="again")]
    query = point_in_time_join("spine", "moment", views)
    described = database.execute(f"DESCRIBE {query}").fetchall()
    assert [name for name, *_ in described] == ["entity", "moment", "line", "value", "again"]
    found = database.execute(f"SELECT line, value, again FROM ({query})").fetchall()
    for line, late, timely in found:
        entity, moment = moments[line]
        assert late == _oracle(rows, entity, moment)
        assert timely == _oracle([(e, event, 0, value) for e, event, _, value in rows], entity, moment)


@settings(max_examples=100, deadline=None)
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
        (entity, event, last + 1 - event + known, value)
        for entity, event, known, value in late
        if event <= last
    ]
    assert _join(database, rows, moments) == _join(database, [*rows, *future], moments)


@settings(max_examples=50, deadline=None)
@given(
    rows=st.lists(_rows, max_size=20), moments=st.lists(_moments, min_size=1, max_size=8), random=st.randoms()
)
def test_the_order_in_which_rows_arrived_changes_nothing(
    database: Database, rows: list[Row], moments: list[Moment], random: Random
) -> None:
    shuffled = random.sample(rows, len(rows))
    assert _join(database, rows, moments) == _join(database, shuffled, moments)


def test_a_row_keeps_its_place_when_nothing_is_known_of_it(database: Database) -> None:
    assert _join(database, [], [("a", 1), (None, 2)]) == [None, None]


def test_a_spine_without_views_is_itself() -> None:
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE spine AS SELECT 1 AS x")
        assert connection.execute(point_in_time_join("spine", "at", [])).fetchall() == [(1,)]


def _join(
    database: Database, rows: list[Row], moments: list[Moment], *, known_at: str = "known"
) -> list[int | None]:
    _tables(database, rows, moments)
    query = point_in_time_join("spine", "moment", [_view(known_at=known_at, feature="value")])
    return [value for (value,) in database.execute(f"SELECT value FROM ({query}) ORDER BY line").fetchall()]


def _view(*, known_at: str, feature: str) -> ViewJoin:
    return ViewJoin(
        table="observed",
        entity=["entity"],
        event_time="happened",
        known_at=known_at,
        features=[feature],
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
        "entity VARCHAR, happened TIMESTAMPTZ, known TIMESTAMPTZ, value INTEGER, again INTEGER",
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
        if owner is not None and owner == entity and event + known <= seen
    ]
    if not counted:
        return None
    event, _, value = max(counted)
    return None if value < 0 or event < seen - TTL.seconds else value
