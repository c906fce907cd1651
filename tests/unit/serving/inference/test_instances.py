"""Request bodies become checked instances, or an answer that says what is wrong where."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepfit.errors import InvalidRequest
from keepfit.features.schema.rules import check_instances
from keepfit.features.schema.types.number import NOT_FINITE
from keepfit.serving.inference.instances import MAX_ROWS, InstanceDecoder
from tests.drawn import examples
from tests.unit.serving.support.small_model import INSTANCE, SIGNATURE, columns_of, instances

DECODER = InstanceDecoder(SIGNATURE)


def body(*rows: Any) -> bytes:
    return json.dumps({"instances": list(rows)}).encode()


def refused(raw: bytes | str) -> InvalidRequest:
    with pytest.raises(InvalidRequest) as refusal:
        DECODER.decode(raw)
    return refusal.value


def test_instances_keep_their_order_and_their_fields_the_order_of_the_signature() -> None:
    columns = columns_of(SIGNATURE, DECODER.decode(body(*instances(3))))
    assert columns["carrier"] == ["UA", "AA", "ZZ"]
    assert columns["wind gust"] == [None, 1.5, 3.0]


def test_what_is_logged_is_what_was_sent() -> None:
    [instance] = DECODER.decode(body(INSTANCE)).instances
    assert json.loads(msgspec.json.encode(instance)) == INSTANCE


@pytest.mark.parametrize(
    ("change", "field", "message"),
    [
        ({"distance": "far"}, "distance", "is not a number"),
        ({"distance": True}, "distance", "is not a number"),
        ({"distance": -1}, "distance", "is not between 0 and 9000"),
        ({"distance": 9000.5}, "distance", "is not between 0 and 9000"),
        ({"distance": None}, "distance", "is null, and the field is not nullable"),
        ({"wind gust": 1e39}, "wind gust", "is not a finite number of at most 3.4e38"),
        ({"stops": 1.5}, "stops", "is not a whole number"),
        ({"stops": 2**70}, "stops", "does not fit a 64-bit integer"),
        ({"international": 2}, "international", "is not true or false"),
        ({"carrier": [7]}, "carrier", "is not text"),
        ({"carrier": ""}, "carrier", "is null, and the field is not nullable"),
        ({"carrier": "x" * 1001}, "carrier", "is longer than 1000 characters"),
        (
            {"departure": "tomorrow"},
            "departure",
            "is not an ISO 8601 instant such as 2013-01-31T09:30:00-05:00",
        ),
        ({"departure": "0001-01-01T00:00:00+05:00"}, "departure", "is not between the years 1900 and 2199"),
        ({"departure": "9999-12-31T23:59:59-05:00"}, "departure", "is not between the years 1900 and 2199"),
        (
            {"departure": 1362159000},
            "departure",
            "is not an ISO 8601 instant such as 2013-01-31T09:30:00-05:00",
        ),
        ({"gate": "B7"}, "gate", "is not a field of this model"),
    ],
)
def test_a_bad_value_is_named_by_row_and_field(change: dict[str, Any], field: str, message: str) -> None:
    refusal = refused(body(INSTANCE, {**INSTANCE, **change}))
    assert refusal.code == "invalid_instances"
    assert list(refusal.details) == [(1, field, message)]


def test_a_missing_field_is_named() -> None:
    without = {name: value for name, value in INSTANCE.items() if name != "distance"}
    assert list(refused(body(without)).details) == [(0, "distance", "is missing")]


def test_an_instance_that_is_no_object_is_named() -> None:
    assert list(refused(body(INSTANCE, 7)).details) == [(1, "", "is not an object of fields")]


def test_every_problem_is_named_up_to_twenty() -> None:
    bad = {**INSTANCE, "distance": -1, "stops": "two"}
    assert len(refused(body(bad, bad)).details) == 4
    assert len(refused(body(*[bad] * 50)).details) == 20


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b"7",
        b"{}",
        b'{"instances": 7}',
        b'{"instances": null}',
        b'{"rows": []}',
        b'{"instances": [], "parameters": {}}',
        b'{"instances": [',
        b'\xff{"instances": []}',
        b'{"instances": [{"distance": NaN}]}',
        b'{"instances": [{"distance": Infinity}]}',
        b'{"instances": [{"carrier": "\\ud800"}]}',
        b'{"instances": ' + b"[" * 100_000,
        b'{"instances": [{"carrier": ' + b'{"a":' * 100_000,
        '{"instances": [{"carrier": "\ud800"}]}',
    ],
)
def test_a_body_that_is_no_request_is_refused(raw: bytes | str) -> None:
    assert refused(raw).code == "invalid_json"


def test_a_number_beyond_all_floats_is_named_by_row_and_field() -> None:
    raw = body(INSTANCE, INSTANCE).decode()
    at = raw.rindex("1400.5")
    details = refused(raw[:at] + "1e400" + raw[at + len("1400.5") :]).details
    assert [(row, field) for row, field, _ in details] == [(1, "distance")]


@pytest.mark.parametrize("literal", ["NaN", "Infinity", "-Infinity"])
def test_what_json_has_no_number_for_is_named_by_row_and_field(literal: str) -> None:
    raw = body(INSTANCE, INSTANCE).decode()
    at = raw.rindex("1400.5")
    refusal = refused(raw[:at] + literal + raw[at + len("1400.5") :])
    assert refusal.code == "invalid_json"
    assert refusal.details == [(1, "distance", NOT_FINITE)]


def test_no_instances_and_too_many_are_refused() -> None:
    assert refused(body()).code == "no_instances"
    assert refused(body(*[INSTANCE] * (MAX_ROWS + 1))).code == "too_many_instances"
    assert refused(body(*[{**INSTANCE, "stops": 1.0}] * (MAX_ROWS + 1))).code == "too_many_instances"


@pytest.mark.parametrize(
    "written",
    ["2013-03-01T17:30:00", "2013-03-01T12:30:00-05:00", "2013-03-01 17:30Z", "2013-03-01T17:30:00Z"],
)
def test_an_instant_may_be_written_in_many_ways_and_is_read_and_logged_as_utc(written: str) -> None:
    [instance] = DECODER.decode(body({**INSTANCE, "departure": written})).instances
    logged = json.loads(msgspec.json.encode(instance))
    assert logged["departure"] == "2013-03-01T17:30:00Z"


def test_what_is_finer_than_a_microsecond_is_cut_off_as_it_is_in_uploads() -> None:
    """Rounding up would move a flight into the next day."""
    late = {**INSTANCE, "departure": "2013-03-01T23:59:59.9999999Z"}
    for rows in ([late], [late, {**INSTANCE, "stops": 1.0}]):
        times = columns_of(SIGNATURE, DECODER.decode(body(*rows)))["departure"]
        assert times[0] == datetime(2013, 3, 1, 23, 59, 59, 999_999, tzinfo=UTC)


def test_a_whole_number_may_be_written_as_a_float() -> None:
    assert columns_of(SIGNATURE, DECODER.decode(body({**INSTANCE, "stops": 1.0})))["stops"] == [1]


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**80), 2**80),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=8),
    st.sampled_from(
        ["UA", "2013-03-01T17:30:00Z", "2013-03-01T17:30:00", "1899-12-31T23:59:59Z", 0, 9000, -0.0]
    ),
    st.lists(st.integers(), max_size=2),
)
FIELDS = st.sampled_from([*INSTANCE, "gate"])


@examples(400)
@given(st.lists(st.dictionaries(FIELDS, VALUES, max_size=3), min_size=1, max_size=3))
def test_the_quick_parser_and_the_rules_of_the_schema_agree(changes: list[dict[str, Any]]) -> None:
    rows = [{**INSTANCE, **change} for change in changes]
    fields = {column.name: column for column in SIGNATURE.instance_columns}
    problems = check_instances(fields, rows)
    if problems:
        assert list(refused(body(*rows)).details) == problems[:20]
    else:
        assert len(DECODER.decode(body(*rows)).instances) == len(rows)


USUAL = st.datetimes(datetime(1899, 1, 1), datetime(2201, 1, 1)).map("{:%Y-%m-%dT%H:%M:%SZ}".format)  # noqa: DTZ001
# Of the length of the usual ones, or of their parts; Python reads some that are no ISO 8601.
ODD = st.sampled_from(
    [
        *("2013-03-01T17:30:00+00", "2013-03-01T17:30.5Z", "2013-03-01 17:30:00Z", "2013-03-01T17:30:00z"),
        *("2013-02-30T17:30:00Z", "2013-03-01T24:00:00Z", "2013-03-01T25:00:00Z", "2013W09-5T17:30:00Z"),
        *("013-03-01T17:30:00Z", "02013-03-01T17:30:00Z", "2200-01-01T00:00:00Z", "2013-03-01T17:30:0Z0"),
    ]
)


@examples(200)
@given(st.lists(USUAL, min_size=8, max_size=12), st.lists(st.tuples(st.integers(0, 7), ODD), max_size=2))
def test_many_instants_are_read_as_each_of_them_is(times: list[str], odd: list[tuple[int, str]]) -> None:
    for place, text in odd:
        times[place] = text
    rows = [{**INSTANCE, "departure": time} for time in times]
    problems = check_instances({column.name: column for column in SIGNATURE.instance_columns}, rows)
    if problems:
        assert list(refused(body(*rows)).details) == problems[:20]
    else:
        alone = [DECODER.decode(body(row)).instances for row in rows]
        assert DECODER.decode(body(*rows)).instances == [instance for [instance] in alone]
