"""Expressions over texts and times give what DuckDB gives."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepfit.features.expressions.casts import NUMBER, TIME, WHOLE
from keepfit.features.expressions.functions import FUNCTIONS
from keepfit.features.expressions.letters import like, like_pattern, lower, upper
from tests.drawn import examples
from tests.unit.features.expressions.oracle import DATABASE, TYPES, assert_both_agree, evaluated, notes

ROW: dict[str, Any] = dict.fromkeys(TYPES)


@pytest.mark.parametrize(("name", "change"), [("lower", lower), ("upper", upper)])
def test_the_case_of_every_code_point_is_duckdbs(name: str, change: Any) -> None:
    changed = dict(
        DATABASE.execute(
            f"SELECT chr(i::INT) c, {name}(c) FROM range(1, 1114112) r(i) "
            f"WHERE i NOT BETWEEN 55296 AND 57343 AND {name}(c) <> c"
        ).fetchall()
    )
    assert len(changed) > 1400
    letters = "".join(chr(code) for code in range(1, 0x110000) if not 0xD800 <= code < 0xE000)
    pairs = zip(letters, change(letters), strict=True)
    assert [pair for pair in pairs if pair[1] != changed.get(pair[0], pair[0])] == []


def test_the_case_of_a_letter_does_not_depend_on_the_letters_beside_it() -> None:
    assert lower("ΟΔΟΣ") == "οδοσ"
    assert upper("straße") == "STRAẞE"


@examples(100)
@given(
    values=st.lists(notes, min_size=5, max_size=30),
    cast=st.sampled_from(["DOUBLE", "BIGINT", "BOOLEAN"]),
)
def test_a_text_is_cast_as_duckdb_casts_it(values: list[str | None], cast: str) -> None:
    assert_both_agree(f"CAST(note AS {cast})", [ROW | {"note": value} for value in values])


@pytest.mark.parametrize(
    ("form", "kind", "texts"),
    [
        (NUMBER, "DOUBLE", ["1", "-1.", "+.5", "1e3", "2E-2", " 7\n", "0" * 400 + "1", "1e400", "1e-400"]),
        (WHOLE, "BIGINT", ["1", "-1.", "+.5", "12.5", "9223372036854775807", "-9223372036854775808"]),
        (TIME, "TIMESTAMP", ["1900-01-01", "2199-12-31 23:59:59.999999", "2024-02-29T12:30"]),
    ],
)
def test_a_text_of_the_declared_form_is_one_that_duckdb_casts(form: str, kind: str, texts: list[str]) -> None:
    """Where DuckDB cast none, all would be missing on both sides alike."""
    cast = f"TRY_CAST(t AS {kind}) IS NOT NULL AND regexp_matches(t, '{form}')"
    assert DATABASE.execute(f"SELECT bool_and({cast}) FROM (SELECT unnest(?) t)", [texts]).fetchone() == (
        True,
    )


@examples(150)
@given(
    text=st.text("aAbB%_!\\\n\0éßİ😀", max_size=12),
    pattern=st.text("aAb%%__!\\\n\0éßİ😀", max_size=8),
    escape=st.sampled_from(["", "!", "\\", "%", "_", "a"]),
)
def test_like_matches_what_duckdbs_like_matches(text: str, pattern: str, escape: str) -> None:
    ending = " ESCAPE ?" if escape else ""
    try:
        mine = like(like_pattern(pattern, escape))(text)
    except ValueError:
        return
    bound = [text, pattern, *([escape] if escape else [])]
    assert DATABASE.execute(f"SELECT ? LIKE ?{ending}", bound).fetchone() == (mine,)


def test_a_pattern_of_many_per_cent_signs_reads_a_text_once() -> None:
    matches = like("%a" * 40 + "%b")  # as one regular expression it would take longer than anybody waits
    assert not matches("a" * 5000)
    assert matches("a" * 5000 + "b")


@pytest.mark.parametrize("part", FUNCTIONS["date_diff"].words)
def test_steps_of_time_are_counted_alike_for_times_far_apart_and_close(part: str) -> None:
    draw = Random(part)
    first, last = datetime(1900, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
    far = [first + draw.random() * (last - first) for _ in range(300)]
    close = [datetime(1970, 1, 1, tzinfo=UTC) + timedelta(hours=draw.uniform(-900, 900)) for _ in range(100)]
    table = [ROW | {"at": at, "note": f"{draw.choice(far):%Y-%m-%d %H:%M:%S.%f}"} for at in far + close]
    for sql in (
        f"date_diff('{part}', at, CAST(note AS TIMESTAMP))",
        f"date_diff('{part}', DATE '1969-12-28', at at time zone 'Europe/Berlin')",
        f"extract(epoch from date_trunc('{part}', at))",
    ):
        assert_both_agree(sql, table)


def test_midnights_are_counted_and_weeks_are_seven_of_them() -> None:
    at = datetime(2023, 12, 31, 23, 59, tzinfo=UTC)  # a Sunday
    assert evaluated("date_diff('day', at, TIMESTAMP '2024-01-01 00:01')", at=at) == 1
    assert evaluated("date_diff('week', at, TIMESTAMP '2024-01-01 00:01')", at=at) == 0
    assert evaluated("date_diff('week', at, DATE '2024-01-07')", at=at) == 1


def test_buckets_hold_the_bound_they_begin_with() -> None:
    held = [(-0.1, 0), (0.0, 1), (1.9, 1), (2.0, 2), (9.9, 5), (10.0, 6), (1e308, 6), (None, None)]
    assert [evaluated("width_bucket(x, 0, 10, 5)", x=x) for x, _ in held] == [bucket for _, bucket in held]
    down = [(10.1, 0), (10.0, 1), (8.0, 2), (0.1, 5), (0.0, 6)]
    assert [evaluated("width_bucket(x, 10, 0, 5)", x=x) for x, _ in down] == [bucket for _, bucket in down]
    assert evaluated("width_bucket(x, 1, 1, 5)", x=1.0) is None
    assert evaluated("width_bucket(x, 0, 1 / 0, 5)", x=1.0) is None


def test_a_constant_beside_a_text_is_as_it_is_written() -> None:
    assert evaluated("note = '7.0'", note="7.0") is True
    assert evaluated("note in ('7', ' 7.0')", note="7.0") is False
    assert evaluated("carrier = '7.0'", carrier="7") is True


def test_what_cannot_be_cast_is_missing() -> None:
    assert evaluated("note::double + 1", note="1.5e1") == 16
    for text in ("", "1_000", "+-1", "inf", "\u0663", "1,5", "one"):
        assert evaluated("note::double is null", note=text) is True
    assert evaluated("note::bigint", note="12.5") == 13
    assert evaluated("x::bigint", x=12.5) == 12
    assert evaluated("x::bigint is null", x=9.3e18) is True
    assert evaluated("i::varchar", i=2**53 - 1) == "9007199254740991"
    assert evaluated("i::varchar", i=2**53) is None
    assert evaluated("note::timestamp is null", note="2023-02-29") is True


def test_a_time_on_a_clock_is_compared_with_an_instant_in_utc() -> None:
    at = datetime(2024, 1, 1, tzinfo=UTC)
    assert evaluated("at >= DATE '2024-01-01'", at=at) is True
    assert evaluated("at at time zone 'America/New_York' >= DATE '2024-01-01'", at=at) is False
    assert evaluated("at::date = TIMESTAMP '2024-01-01 00:00'", at=at) is True


def test_long_texts_are_cast_in_one_reading() -> None:
    ones = "1" * 100_000  # where a form could be read in several ways, this would take minutes
    for text in (f"{ones}x", f"{ones}.{ones}x", f"{' ' * 50_000}1{' ' * 49_000}x"):
        assert evaluated("note::double is null and note::bigint is null", note=text) is True
