"""SQL means in the request path what it means in DuckDB."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepfit.errors import InvalidDefinition
from keepfit.features.expressions.parse import compile_expression
from tests.drawn import examples
from tests.unit.features.expressions.grammar import expressions
from tests.unit.features.expressions.oracle import TYPES, assert_both_agree, evaluated, rows


@examples(200)
@given(sql=expressions, table=st.lists(rows, min_size=1, max_size=12))
def test_serving_computes_what_duckdb_computes_bit_for_bit(sql: str, table: list[dict[str, Any]]) -> None:
    assert_both_agree(sql, table)


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
        ("x::int", "CAST(x AS INT) casts a number to INT; casts are text to DOUBLE"),
        ("x::varchar", "casts a number to VARCHAR; casts are text to DOUBLE"),
        ("at::varchar", "casts a timestamp to VARCHAR; casts are"),
        ("at::date", "gives a wall clock"),
        ("foo(x)", "FOO(x) (Anonymous) is not supported; supported are columns"),
        ("length(note)", "(Length) is not supported"),
        ("lower(x)", "needs a text, and x is a number"),
        ("note like carrier", "needs a pattern that is written as a 'text'"),
        ("note like '50!' escape '!'", "the pattern ends in its escape character"),
        ("note like 'a' escape '!!'", "(Escape) is not supported"),
        ("note glob 'a*'", "(Glob) is not supported"),
        ("date_diff('hours', at, at)", "date_diff(HOURS, ...) is not supported; the parts are second"),
        ("date_diff(carrier, at, at)", "the parts are second"),
        ("date_diff('day', at, x)", "needs a timestamp, and x is a number"),
        ("width_bucket(x, 0, 1, 2.5)", "needs a whole number of buckets"),
        ("width_bucket(x, 0, 1, 0)", "needs a whole number of buckets"),
        ("width_bucket(x, 0, 1, i)", "needs a whole number of buckets"),
        ("width_bucket(abs(width_bucket(x, 0, 1, 3)), 0, 1, 3)", "holds a width_bucket in its operands"),
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
