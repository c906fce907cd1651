"""SQL means in the request path what it means in DuckDB."""

from __future__ import annotations

import math
import struct
from datetime import UTC, datetime
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keepfit.errors import InvalidDefinition
from keepfit.features.expressions.duckdb_sql import to_sql
from keepfit.features.expressions.parse import compile_expression
from keepfit.features.expressions.python_row import compile_tree
from keepfit.features.schema.definition import FieldType

TYPES: dict[str, FieldType] = {
    "x": "float",
    "y": "float",
    "i": "int",
    "late": "bool",
    "carrier": "category",
    "at": "timestamp",
    "odd name": "float",
}
SQL_TYPES = {
    "float": "DOUBLE",
    "int": "BIGINT",
    "bool": "BOOLEAN",
    "category": "VARCHAR",
    "timestamp": "TIMESTAMPTZ",
}
EXTREMES = [
    0.0,
    -0.0,
    1.0,
    -1.0,
    0.1,
    2.5,
    -7.5,
    5e-324,
    1.7976931348623157e308,
    -1e300,
    3.4028234663852886e38,
    1e-9,
]

numbers = st.one_of(st.none(), st.sampled_from(EXTREMES), st.floats(allow_nan=False, allow_infinity=False))
instants = st.datetimes(datetime(1970, 1, 1), datetime(2037, 12, 31)).map(lambda at: at.replace(tzinfo=UTC))  # noqa: DTZ001
rows = st.fixed_dictionaries(
    {
        "x": numbers,
        "y": numbers,
        "i": st.one_of(st.none(), st.integers(-(2**63) + 1, 2**63 - 1), st.integers(-9, 9)),
        "late": st.sampled_from([True, False, None]),
        "carrier": st.sampled_from(["UA", "AA", "", "O'Hare", "é", None]),
        "at": st.one_of(st.none(), instants),
        "odd name": numbers,
    }
)

number_leaves = st.one_of(
    st.sampled_from(
        ["x", "y", "i", '"odd name"', "0", "-1", "0.1", "1e308", "3", "pi()", "coalesce(NULL, x)"]
    ),
    st.sampled_from(["hour", "minute", "dow", "isodow", "day", "month", "doy", "year", "epoch"]).flatmap(
        lambda part: st.sampled_from(
            [f"extract({part} from at)", f"extract({part} from at at time zone 'America/New_York')"]
        )
    ),
)
truth_leaves = st.sampled_from(
    [
        "late",
        "TRUE",
        "(carrier = 'UA')",
        "(carrier in ('AA', 'O''Hare'))",
        "(carrier is null)",
        "(at is not null)",
        "(at <= at)",
    ]
)


def wider(parts: st.SearchStrategy[tuple[str, str]]) -> st.SearchStrategy[tuple[str, str]]:
    """One step more of (number, truth) expressions from smaller ones."""
    number, truth = parts.map(lambda pair: pair[0]), parts.map(lambda pair: pair[1])
    binary = st.builds("({} {} {})".format, number, st.sampled_from("+-*/%"), number)
    function = st.sampled_from(["abs", "floor", "ceil", "sqrt", "ln", "exp", "sin", "cos", "-"])
    several = st.sampled_from(["greatest", "least", "coalesce"])
    numeric = st.one_of(
        binary,
        st.builds("{}({})".format, function, number),
        st.builds("{}({}, {}, 0.5)".format, several, number, number),
        st.builds("CASE WHEN {} THEN {} WHEN {} THEN 1 ELSE {} END".format, truth, number, truth, number),
        st.builds("CASE {} WHEN {} THEN 2 END".format, number, number),
    )
    logical = st.one_of(
        st.builds("({} {} {})".format, number, st.sampled_from(["=", "<>", "<", "<=", ">", ">="]), number),
        st.builds("({} {} {})".format, truth, st.sampled_from(["and", "or", "=", "<>"]), truth),
        st.builds("(not {})".format, truth),
        st.builds("({} is null)".format, number),
        st.builds("({} between {} and {})".format, number, number, number),
        st.builds("({} in ({}, 1, NULL))".format, number, number),
    )
    return st.tuples(numeric, logical)


expressions = st.recursive(st.tuples(number_leaves, truth_leaves), wider, max_leaves=8).flatmap(
    st.sampled_from
)


DATABASE = duckdb.connect(config={"threads": 1})
DATABASE.execute(
    "CREATE TABLE t ({})".format(", ".join(f'"{n}" {SQL_TYPES[kind]}' for n, kind in TYPES.items()))
)


def in_duckdb(sql: str, table: list[dict[str, Any]]) -> list[Any]:
    DATABASE.execute("DELETE FROM t")
    places = ", ".join(["(?, ?, ?, ?, ?, ?, ?)"] * len(table))
    DATABASE.execute(f"INSERT INTO t VALUES {places}", [row[name] for row in table for name in TYPES])
    return [value for (value,) in DATABASE.execute(f"SELECT {sql} FROM t ORDER BY rowid").fetchall()]


def bits(value: Any) -> Any:
    return struct.pack("<d", value) if isinstance(value, float) else value


@settings(max_examples=200, deadline=None)
@given(sql=expressions, table=st.lists(rows, min_size=1, max_size=12))
def test_serving_computes_what_duckdb_computes_bit_for_bit(sql: str, table: list[dict[str, Any]]) -> None:
    tree, kind = compile_expression(sql, TYPES)
    columns = {name: [row[name] for row in table] for name in TYPES}
    served = compile_tree(tree, kind)(columns, len(table))
    trained = in_duckdb(to_sql(tree, kind), table)
    assert list(map(bits, served)) == list(map(bits, trained)), to_sql(tree, kind)


def evaluated(sql: str, **values: Any) -> Any:
    row = dict.fromkeys(TYPES) | values
    tree, kind = compile_expression(sql, TYPES)
    return compile_tree(tree, kind)({name: [value] for name, value in row.items()}, 1)[0]


def test_an_hour_is_told_in_utc_or_in_the_named_zone() -> None:
    at = datetime(2013, 7, 4, 2, 30, tzinfo=UTC)
    assert evaluated("extract(hour from at)", at=at) == 2
    assert evaluated("extract(hour from at at time zone 'America/New_York')", at=at) == 22
    assert evaluated("extract(day from at at time zone 'America/New_York')", at=at) == 3


def test_a_number_without_a_finite_value_is_missing() -> None:
    assert evaluated("x / 0", x=1.0) is None
    assert evaluated("ln(x)", x=-1.0) is None
    assert evaluated("x * 10", x=1e38) is None
    assert evaluated("x * x", x=math.sqrt(3e38)) == pytest.approx(3e38)


def test_decimals_are_plain_floats() -> None:
    assert evaluated("0.1 + 0.2") == 0.1 + 0.2


def test_null_makes_a_truth_unknown_as_in_sql() -> None:
    assert evaluated("x > 1 or late", x=None, late=True) is True
    assert evaluated("x > 1 and late", x=None, late=False) is False
    assert evaluated("x > 1 or late", x=None, late=False) is None
    assert evaluated("carrier not in ('UA')", carrier=None) is None


def test_a_derived_column_may_be_a_category_or_a_truth() -> None:
    assert compile_expression("case when x > 1 then 'far' else carrier end", TYPES)[1] == "category"
    assert compile_expression("x > 1", TYPES)[1] == "bool"


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("x +", "is not an SQL expression"),
        ("", "is not an SQL expression"),
        ("x; y", "(Block) is not supported"),
        ("hour(at)", "(Hour) is not supported; supported are columns"),
        ("x // 2", "(IntDiv) is not supported"),
        ("x ** 2", "(Pow) is not supported"),
        ("round(x)", "(Round) is not supported"),
        ("x::int", "(Cast) is not supported"),
        ("(select max(x) from t)", "(Subquery) is not supported"),
        ("x in (select 1)", "(In) is not supported"),
        ("sum(x)", "(Sum) is not supported"),
        ("avg(x) over ()", "(Window) is not supported"),
        ("now()", "is not supported"),
        ("random()", "is not supported"),
        ("read_text('/etc/passwd')", "is not supported"),
        ("t.x", "(Column) is not supported"),
        ("x is true", "(Is) is not supported"),
        ("speed * 2", "'speed' is not a column; the columns are at, carrier, i"),
        ("X", "'X' is not a column"),
        ("at", "gives a timestamp, not a number"),
        ("at at time zone 'UTC'", "gives a wall clock"),
        ("at at time zone 'Mars/Olympus'", "'Mars/Olympus' is not a time zone"),
        ("at at time zone '../../etc/passwd'", "is not a time zone"),
        ("at at time zone carrier", "(AtTimeZone) is not supported"),
        ("extract(week from at)", "extract(week ...) is not supported; the parts are hour"),
        ("extract(hour from x)", "reads a number; it reads timestamps"),
        ("late + 1", "needs a number, and late is a bool"),
        ("carrier = 1", "mixes number and text"),
        ("carrier < 'B'", "compares a text with <"),
        ("greatest(carrier, 'B')", "works on numbers"),
        ("case when x then 1 end", "needs a bool"),
        ("case when late then 1 else 'a' end", "mixes number and text"),
        ("coalesce(null, null)", "mixes nothing but NULL"),
        ("null", "gives a null"),
        ("1e999", "is too large"),
        ("x + " * 2000 + "x", "longer than 4000"),
        ("(" * 1500 + "x" + ")" * 1500, "is not an SQL expression"),
    ],
)
def test_anything_else_is_refused_by_name(sql: str, reason: str) -> None:
    with pytest.raises(InvalidDefinition) as refused:
        compile_expression(sql, TYPES)
    assert reason in str(refused.value)
