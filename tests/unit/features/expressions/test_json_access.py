"""JSON in a text gives a request the values that DuckDB reads there."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepfit.errors import InvalidDefinition
from keepfit.features.expressions.json_access import document, path_of, reader
from keepfit.features.expressions.json_text import scan, text_of_real
from keepfit.features.expressions.parse import compile_expression
from keepfit.features.expressions.python_row import RowCode
from tests.drawn import examples
from tests.unit.features.expressions.oracle import DATABASE, TYPES, assert_both_agree, evaluated

ROW: dict[str, Any] = dict.fromkeys(TYPES)
KEYS = ["a", "b", "a.b", 'a"b', "a\\b", "a/b", "é", "first name", ""]
PATHS = [
    "$",
    "$.a",
    "$.b.a",
    "$.a[0]",
    "$.a[-1].b",
    "$.a[#-2]",
    "$[0]",
    "$[1].a",
    '$."a.b"',
    '$."a\\"b".a',
    '$."a\\\\b"',
    "$.a/b",
    "$.é",
    '$."first name"[0][0]',
]

# Numbers, words and escapes as programs and people write them, right and wrong.
scalars = st.one_of(
    st.sampled_from(
        ["null", "true", "false", "NaN", "-Infinity", "iNf", "nan", "-nan", "tru", "infin", "None"]
    ),
    st.from_regex(r"\A-?(0|[1-9][0-9]{0,25})(\.[0-9]{1,25})?([eE][+-]?[0-9]{1,3})?\Z"),
    st.sampled_from(
        ["-0", "-0.0", "0e99999", "01", "+1", ".5", "5.", "1e", "0x1", "9" * 400, "1e309", "-1E+999"]
    ),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.integers().map(str),
    st.text('aé"\\/\b\n\0\x1f\x7f\u2028😀', max_size=5).map(json.dumps),
    st.text('aé"\\/\b\n\0\x1f\x7f\u2028😀', max_size=5).map(
        lambda text: json.dumps(text, ensure_ascii=False)
    ),
    st.text('a\\u/"dD8c01fn\t', max_size=9).map(lambda text: f'"{text}"'),
    st.sampled_from(
        ['"\\ud83d\\ude00"', '"\\ud83d"', '"\\udc00x"', '"\\ud83d\\u0041"', '"\\u00e9"', '"{\\"a\\": 1}"']
    ),
)
keys = st.one_of(
    st.sampled_from(KEYS).map(json.dumps),
    st.sampled_from(KEYS).map(lambda key: json.dumps(key, ensure_ascii=False)),
    st.sampled_from(['"\\u0061"', '"a\\/b"', "a", "'a'", "1"]),
)
blank = st.sampled_from(["", "", "", " ", "\n", "\t\r ", "\f", "\xa0"])
ends = st.sampled_from(["", "", "", "", ",", " ,", ",,"])


def nested(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    members = st.lists(st.builds("{}{}:{}{}".format, keys, blank, blank, values), max_size=4)
    lists = st.lists(st.builds("{}{}".format, blank, values), max_size=4)
    return st.one_of(
        st.builds(lambda parts, end: f"{{{','.join(parts)}{end}}}", members, ends),
        st.builds(lambda parts, end: f"[{','.join(parts)}{end}]", lists, ends),
    )


texts = st.builds("{}{}{}".format, blank, st.recursive(scalars, nested, max_leaves=12), blank)
plain_values = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text()
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(KEYS), inner)),
    max_leaves=12,
)


def in_duckdb(path: str, values: list[str | None]) -> list[Any]:
    """What DuckDB gives for a path as it is written here."""
    sql = "SELECT json_extract_string(TRY_CAST(unnest(?::VARCHAR[]) AS JSON), ?)"
    return [value for (value,) in DATABASE.execute(sql, [values, path]).fetchall()]


@examples(200)
@given(values=st.lists(texts, min_size=1, max_size=20), path=st.sampled_from(PATHS))
def test_every_text_is_read_as_duckdb_reads_it(values: list[str], path: str) -> None:
    assert_both_agree(f"note ->> '{path}'", [ROW | {"note": value} for value in values])
    assert [served(path, value) for value in values] == in_duckdb(path, values)


@examples(60)
@given(values=st.lists(plain_values.map(json.dumps), min_size=1, max_size=20), path=st.sampled_from(PATHS))
def test_json_of_programs_is_read_as_duckdb_reads_it(values: list[str], path: str) -> None:
    assert [served(path, value) for value in values] == in_duckdb(path, values)


@examples(60)
@given(values=st.lists(texts, min_size=1, max_size=20), path=st.sampled_from(PATHS))
def test_the_slow_reader_and_the_quick_one_agree(values: list[str], path: str) -> None:
    """Most texts are read by msgspec, so that the other would not be met often."""
    for value in values:
        found, node = served("$", value), scan(value)
        assert found == (node.text() if node else None)


def served(path: str, text: str) -> str | None:
    found = document(text)
    return None if found is None else reader(path_of(path))(found)


@examples(60)
@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=50))
def test_a_number_is_written_as_duckdb_writes_it(numbers: list[float]) -> None:
    numbers += [10.0**power for power in range(-9, 25)] + [1.5 * 10.0**power for power in range(-9, 25)]
    written = in_duckdb("$", list(map(repr, numbers)))
    assert [text_of_real(number) for number in numbers] == written


@pytest.mark.parametrize(
    ("path", "same"),
    [
        ("a", "$.a"),
        ("a.b", '$."a.b"'),
        ("first name", '$."first name"'),
        ("$.it's", '$."it\'s"'),
        ("$.a-b", '$."a-b"'),
        ("$.a[#-1]", "$.a[-1]"),
        ("$.$x", '$."$x"'),
    ],
)
def test_a_path_means_what_it_means_in_duckdb(path: str, same: str) -> None:
    assert path_of(path) == path_of(same)
    nested = {"a": [1, 2], "a.b": 3, "first name": 4, "it's": 5, "a-b": 6, "$x": 7}
    value = json.dumps(nested)
    [expected] = in_duckdb(path, [value])
    assert expected is not None
    assert served(path, value) == expected


def test_paths_of_arrows_are_one_path_and_texts_within_are_read_again() -> None:
    payload = '{"customer": {"ages": [41, 42]}, "inner": "{\\"age\\": 7}"}'
    for sql in (
        "note -> 'customer' -> '$.ages' ->> -1",
        "(note -> '$.customer') ->> '$.ages[1]'",
        "json_extract_string(json_extract(note, '$.customer.ages'), '$[1]')",
    ):
        assert evaluated(f"({sql})::double", note=payload) == 42
        assert_both_agree(sql, [ROW | {"note": payload}])
    assert evaluated("(note ->> 'inner' ->> 'age')::bigint", note=payload) == 7
    assert evaluated("note ->> '$.customer'", note=payload) == '{"ages":[41,42]}'


def test_what_is_not_there_is_missing() -> None:
    for note in (None, "", "{", "no JSON", "null", '{"a": null}', '{"b": 1}', "[1]", '"a"', '{"a": 1} {}'):
        assert evaluated("note ->> '$.a'", note=note) is None
    assert evaluated("coalesce(note ->> '$.a', 'none') = 'none'", note="[]") is True


def test_casts_and_comparisons_take_what_is_found_as_any_text() -> None:
    note = '{"age": 41.0, "vip": true, "at": "2024-02-29T12:30", "tier": "7.0", "big": 12345678901234567890}'
    assert evaluated("(note ->> 'age')::double + 1", note=note) == 42
    assert evaluated("(note ->> 'age')::bigint", note=note) == 41
    assert evaluated("(note ->> 'vip')::boolean", note=note) is True
    assert evaluated("extract(hour from (note ->> 'at')::timestamp)", note=note) == 12
    assert evaluated("note ->> 'tier' = '7.0'", note=note) is True
    assert evaluated("carrier ->> 'tier' = '7.0'", carrier=note) is True
    assert evaluated("note ->> 'big' in ('12345678901234567890')", note=note) is True
    assert evaluated("note ->> 'tier' like '7%'", note=note) is True


def test_a_text_that_is_nested_deeply_is_read_and_one_that_is_not_closed_is_not() -> None:
    deep = "[" * 50_000 + "]" * 50_000
    for note in (f'{{"b": {deep}, "a": 1}}', "[" * 100_000, '{"a":' * 20_000, '["' + "\\" * 99_000):
        assert_both_agree("note ->> '$.a'", [ROW | {"note": note}])


def test_a_text_is_decoded_once_in_a_row() -> None:
    code, cells = RowCode(), {"note": "row.note"}
    for path in ("$.a", "$.b[0]", "a"):
        tree, kind = compile_expression(f"note ->> '{path}'", TYPES)
        code.add(tree, kind, cells)
    decoder = next(name for name, value in code.names.items() if value is document)
    assert sum(f"{decoder}(" in statement for statement in code.statements) == 1


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("note ->> carrier", "needs one path that is written as a 'text'"),
        ("note ->> ['$.a']", "needs one path that is written as a 'text'"),
        ("note ->> '$.a'::double", "in parentheses before a cast"),
        ("note ->> '/a/b'", "'/a/b' is no path"),
        ("note ->> ''", "'' is no path"),
        ("note ->> '$.a[*]'", "cannot be read from '[*]' on"),
        ("note ->> '$.*'", "cannot be read from '.*' on"),
        ("note ->> '$..a'", "cannot be read from '..a' on"),
        ("note ->> '$.\"\"'", "cannot be read from"),
        ("note ->> '$.a b'", "cannot be read from ' b' on"),
        ("note ->> '$[2147483648]'", "further on than any list is long"),
        ("note ->> 1.5", "the path"),
        ("note ->> '$" + ".a" * 21 + "'", "has more than 20 steps"),
        ("note -> '$.a'", "gives JSON; write ->>"),
        ("coalesce(note -> 'a' ->> 'b', 'x')", "in parentheses"),
        ("x ->> '$.a'", "needs a text, and x is a number"),
        ("json_extract_path_text(note, 'a', 'b')", "(Anonymous) is not supported"),
        ("json_extract_string(note, 'a', 'b')", "(Anonymous) is not supported"),
    ],
)
def test_another_path_is_refused_by_name(sql: str, reason: str) -> None:
    with pytest.raises(InvalidDefinition) as refused:
        compile_expression(sql, TYPES)
    assert reason in str(refused.value)
