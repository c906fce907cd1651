"""Statistics in a Parquet file decide nothing: its rows are read and checked as they are."""

from __future__ import annotations

import math
import struct
from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from keepfit.features.schema.types.category import MAX_CATEGORY_LENGTH
from tests.drawn import examples
from tests.unit.features.support.parquet_footers import BINARY, INT64, TRUE, Struct, with_statistics
from tests.unit.features.support.uploads import FLIGHTS, kept, parquet, read

Row = tuple[str | None, float | None, int | None, bool | None]
Lies = dict[str, tuple[int, int, bool, int, int]]

_COLUMNS = ("carrier", "distance", "seats", "late")
_ANY_SHARE = msgspec.structs.replace(FLIGHTS, max_bad_share=1.0)
_TYPES = dict(zip(_COLUMNS, ("VARCHAR", "DOUBLE", "BIGINT", "BOOLEAN"), strict=True))
# Each good or bad; repeated ones are written as a dictionary, with a bloom filter.
_rows = st.tuples(
    st.sampled_from(["UA", "AA", "", None, "x" * (MAX_CATEGORY_LENGTH + 1)]),
    st.sampled_from([1.0, 0.0, -1.0, math.nan, math.inf, None]),
    st.sampled_from([1, 900, 0, 901, 2**40, None]),
    st.sampled_from([True, False, None]),
)
_ENDS: dict[str, list[bytes]] = {
    "carrier": [b"UA", b"AA", b"", b"ZZ", b"\xff"],
    "distance": [struct.pack("<d", value) for value in (1.0, -1.0, math.nan, math.inf, 5.0)],
    "seats": [struct.pack("<q", value) for value in (1, 0, 900, 2**40, 5)],
    "late": [b"\0", b"\1", b"\1", b"\0", b"\1"],
}
_lies = st.fixed_dictionaries(
    {
        name: st.tuples(
            st.integers(0, 4), st.integers(0, 4), st.booleans(), st.integers(0, 9), st.integers(0, 3)
        )
        for name in _COLUMNS
    }
)


@examples(6)
@given(rows=st.lists(_rows, min_size=1, max_size=9), lies=_lies, times=st.sampled_from([1, 300]))
@example(
    rows=[("UA", -1.0, 901, True)],
    lies=dict.fromkeys(_COLUMNS, (0, 0, True, 2, 1)),
    times=1,
)
@example(
    rows=[("UA", 1.0, 1, True), ("", math.nan, 0, None)],
    lies=dict.fromkeys(_COLUMNS, (0, 0, True, 0, 1)),
    times=300,
)
@example(rows=[("UA", 1.0, 1, True)], lies=dict.fromkeys(_COLUMNS, (0, 0, True, 9, 0)), times=1)
def test_rows_are_read_as_they_are_whatever_the_statistics_say(
    tmp_path_factory: pytest.TempPathFactory, rows: list[Row], lies: Lies, times: int
) -> None:
    """Least and largest values, exact or not, how many are missing or NaN, and what a bloom filter knows."""
    written = [("MM", 3.0, 3, True), *(rows * times)]
    body = with_statistics(_file(written), lambda name, _: _told(name, lies[name]) if name in lies else {})
    assert body != _file(written)
    outcome = read(tmp_path_factory.mktemp("upload"), body, "a.parquet", _ANY_SHARE)
    good = [row for row in written if _good(*row)]
    assert (outcome.rows, outcome.bad_rows) == (len(written), len(written) - len(good))
    expected = [(c, None if d is None or math.isnan(d) else d, s, late) for c, d, s, late in good]
    assert kept(outcome, ", ".join(_COLUMNS)) == expected


def _told(name: str, lie: tuple[int, int, bool, int, int]) -> Struct:
    least, largest, exact, missing, different = lie
    low, high = _ENDS[name][least], _ENDS[name][largest]
    told: Struct = {
        1: (BINARY, high),
        2: (BINARY, low),
        3: (INT64, missing),
        4: (INT64, different),
        5: (BINARY, high),
        6: (BINARY, low),
        7: (TRUE, exact),
        8: (TRUE, exact),
    }
    return {**told, 9: (INT64, 0)} if name == "distance" else told


def _good(carrier: str | None, distance: float | None, seats: int | None, _: bool | None) -> bool:
    far = distance is None or math.isnan(distance) or 0 <= distance < math.inf
    return (
        bool(carrier)
        and len(carrier or "") <= MAX_CATEGORY_LENGTH
        and far
        and (seats is None or 1 <= seats <= 900)
    )


def _file(rows: list[Row]) -> bytes:
    values = ", ".join(f"({', '.join(map(_literal, row))})" for row in rows)
    chosen = ", ".join(f"{name}::{kind} AS {name}" for name, kind in _TYPES.items())
    moment = "TIMESTAMP '2013-01-01 05:00:00' AS moment"
    return parquet(f"SELECT {moment}, {chosen} FROM (VALUES {values}) AS t({', '.join(_COLUMNS)})")


def _literal(value: Any) -> str:
    if isinstance(value, float):
        return f"'{value!r}'::DOUBLE"
    return "NULL" if value is None else f"'{value}'" if isinstance(value, str) else str(value)
