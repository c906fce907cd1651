"""DuckDB as the oracle of expressions, and rows of all that a dataset may hold."""

from __future__ import annotations

import struct
from datetime import UTC, datetime
from typing import Any

import duckdb
from hypothesis import strategies as st

from keepfit.features.expressions.casts import NUMBER, TIME
from keepfit.features.expressions.duckdb_sql import to_sql
from keepfit.features.expressions.parse import compile_expression
from keepfit.features.expressions.python_row import compile_tree
from keepfit.features.schema.cell_form import FieldType

TYPES: dict[str, FieldType] = {
    "x": "float",
    "y": "float",
    "i": "int",
    "late": "bool",
    "carrier": "category",
    "note": "text",
    "at": "timestamp",
    "odd name": "float",
}
SQL_TYPES = {
    "float": "DOUBLE",
    "int": "BIGINT",
    "bool": "BOOLEAN",
    "category": "VARCHAR",
    "text": "VARCHAR",
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
instants = st.datetimes(datetime(1900, 1, 1), datetime(2199, 12, 31)).map(lambda at: at.replace(tzinfo=UTC))  # noqa: DTZ001
# Letters of one to four bytes, the odd ones of upper and lower, what LIKE, numbers, truths and times are made of.
notes = st.one_of(
    st.none(),
    st.text("aAbB%_\\!\n\0 éßİΣς\u0301ﬁᾀǆ😀𐐀", max_size=9),
    st.text("0123456789+-.eE_ \t\u0663", max_size=12),
    st.text("0123456789", min_size=15, max_size=400),
    st.from_regex(NUMBER.replace("^", r"\A").replace("$", r"\Z"), alphabet=st.characters(max_codepoint=127)),
    st.from_regex(r"\A[+-]?[0-9]{18,19}(\.[0-9]{1,3})?\Z", alphabet=st.characters(max_codepoint=127)),
    st.from_regex(r"\A[+-]?[0-9]{1,3}[eE]-?[0-9]{1,25}\Z", alphabet=st.characters(max_codepoint=127)),
    st.from_regex(TIME.replace("^", r"\A").replace("$", r"\Z"), alphabet=st.characters(max_codepoint=127)),
    st.from_regex(r"\A[0-9]{4}-[0-9]{2}-[0-3][0-9]( [0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?)?\Z"),
    st.sampled_from(
        ["true", "T", "yEs", "n", "0", "1", " 1 ", "on", "tru", "inf", "-nan", "0x1F", "1_000", "+-1"]
    ),
    st.text(max_size=5),
)
rows = st.fixed_dictionaries(
    {
        "x": numbers,
        "y": numbers,
        "i": st.one_of(st.none(), st.integers(-(2**63) + 1, 2**63 - 1), st.integers(-9, 9)),
        "late": st.sampled_from([True, False, None]),
        "carrier": st.sampled_from(["UA", "AA", "", "O'Hare", "é", "7", "a%b", None]),
        "note": notes,
        "at": st.one_of(st.none(), instants),
        "odd name": numbers,
    }
)

DATABASE = duckdb.connect(config={"threads": 1})
DATABASE.execute("SET TimeZone = 'Asia/Kolkata'")  # no expression depends on where it is computed
DATABASE.execute(
    "CREATE TABLE t ({})".format(", ".join(f'"{n}" {SQL_TYPES[kind]}' for n, kind in TYPES.items()))
)


def in_duckdb(sql: str, table: list[dict[str, Any]]) -> list[Any]:
    DATABASE.execute("DELETE FROM t")
    places = ", ".join([f"({', '.join('?' * len(TYPES))})"] * len(table))
    DATABASE.execute(f"INSERT INTO t VALUES {places}", [row[name] for row in table for name in TYPES])
    return [value for (value,) in DATABASE.execute(f"SELECT {sql} FROM t ORDER BY rowid").fetchall()]


def bits(value: Any) -> Any:
    return struct.pack("<d", value) if isinstance(value, float) else value


def assert_both_agree(sql: str, table: list[dict[str, Any]]) -> None:
    """Serving computes what DuckDB computes, to the bit."""
    tree, kind = compile_expression(sql, TYPES)
    columns = {name: [row[name] for row in table] for name in TYPES}
    served = compile_tree(tree, kind)(columns, len(table))
    trained = in_duckdb(to_sql(tree, kind), table)
    assert list(map(bits, served)) == list(map(bits, trained)), to_sql(tree, kind)


def evaluated(sql: str, **values: Any) -> Any:
    """The value that serving computes for one row; columns that are not given are NULL."""
    row = dict.fromkeys(TYPES) | values
    tree, kind = compile_expression(sql, TYPES)
    return compile_tree(tree, kind)({name: [value] for name, value in row.items()}, 1)[0]
