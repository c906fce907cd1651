"""A view's aggregates and filters: what they give to models, and each mistake told by its key."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from keepfit.definitions import compiling
from keepfit.definitions.compiled_model import CompiledModel, decode_model, encode
from keepfit.errors import InvalidDefinition

TOML = """
[dataset.flights]
event_time = "left"
[dataset.flights.fields]
left = { type = "timestamp" }
carrier = { type = "category" }
status = { type = "category", nullable = true }
delay = { type = "float", nullable = true, unit = "minute" }
late = { type = "bool", nullable = true }
note = { type = "text", nullable = true }
seats = { type = "vector", length = 2, nullable = true }
[feature_view.delays]
dataset = "flights"
entity = ["carrier"]
delay = "2h"
where = "late IS NOT NULL"
[feature_view.delays.aggregates]
late_rate = { aggregate = "mean", of = "late", window = ["3h", "1d", "7d"] }
flown = { aggregate = "count", window = "1d", where = "status <> 'cancelled'" }
p90 = { aggregate = "quantile", q = 0.9, of = "delay", window = ["7d"] }
cancelled = { aggregate = "share_of", of = "status", value = "cancelled", window = "30d" }
status_of_last = { aggregate = "last", of = "status", window = "365d" }
left_first = { aggregate = "first", of = "left", window = "1h" }
[dataset.trips]
event_time = "left"
[dataset.trips.fields]
left = { type = "timestamp" }
carrier = { type = "category" }
bad = { type = "bool" }
[model.badness]
dataset = "trips"
label = "bad"
inputs = ["left"]
features = ["delays:*"]
derive.worse_today = "late_rate_1d - late_rate_7d"
derive.share = "late_rate_3h / late_rate_7d"
"""


def _compiled(folder: Path, text: str = TOML) -> CompiledModel:
    (folder / "m.toml").write_text(text)
    return compiling.compile_all(folder).models["badness"]


def _refused(folder: Path, old: str, new: str) -> str:
    assert old in TOML
    with pytest.raises(InvalidDefinition) as error:
        _compiled(folder, TOML.replace(old, new, 1))
    return str(error.value)


def test_every_window_is_a_feature_with_the_type_of_what_it_gives(tmp_path: Path) -> None:
    fields = _compiled(tmp_path).feature_fields
    assert {name: field.type for name, field in fields.items()} == {
        "late_rate_3h": "float",
        "late_rate_1d": "float",
        "late_rate_7d": "float",
        "flown": "int",
        "p90": "float",
        "cancelled": "float",
        "status_of_last": "category",
        "left_first": "timestamp",
    }
    assert all(field.nullable for field in fields.values())


def test_a_model_takes_one_feature_of_a_view_as_well(tmp_path: Path) -> None:
    text = TOML.replace('"delays:*"', '"delays:late_rate_1d", "delays:late_rate_7d"')
    text = text.replace('derive.share = "late_rate_3h / late_rate_7d"\n', "")
    assert list(_compiled(tmp_path, text).feature_fields) == ["late_rate_1d", "late_rate_7d"]


def test_filters_travel_as_trees_and_all_of_it_comes_back_from_json(tmp_path: Path) -> None:
    compiled = _compiled(tmp_path)
    assert compiled.view_filters is not msgspec.UNSET
    assert list(compiled.view_filters["delays"]) == ["late IS NOT NULL", "status <> 'cancelled'"]
    assert decode_model(encode(compiled)) == compiled


def test_differences_and_ratios_of_aggregates_are_derived(tmp_path: Path) -> None:
    derived = _compiled(tmp_path).derived
    assert [derived[name].type for name in ("worse_today", "share")] == ["float", "float"]


def test_what_has_no_aggregates_says_nothing_of_them(tmp_path: Path) -> None:
    start, end = TOML.index("where"), TOML.index("[dataset.trips]")
    text = f'{TOML[:start]}latest = ["delay"]\nttl = "1d"\n{TOML[end:]}'
    written = encode(_compiled(tmp_path, text[: text.index("derive.")])).decode()
    assert (
        '"views":{"delays":{"dataset":"flights","entity":["carrier"],"latest":["delay"],"ttl":"1d",'
        in written
    )
    assert not any(word in written for word in ("aggregates", "where", "view_filters"))


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (
            '"mean", of',
            '"avg", of',
            "delays.aggregates.late_rate] aggregate cannot be 'avg'; it can be count, sum",
        ),
        (
            'of = "late"',
            'off = "late"',
            "delays.aggregates.late_rate] off is not a known key; did you mean 'of'?",
        ),
        (
            'of = "late"',
            'of = "lat"',
            "late_rate: of = 'lat' is not a field of its dataset; did you mean 'late'?",
        ),
        ('of = "late", ', "", "late_rate: of is missing: name the field that mean is of"),
        (
            'of = "late"',
            'of = "status"',
            "of = 'status' is of type category, and mean takes a bool or number",
        ),
        (
            'of = "left"',
            'of = "seats"',
            "of = 'seats' is of type vector, and first takes a bool or number or text or timestamp",
        ),
        ('of = "delay"', 'of = "left"', "of = 'left' is of type timestamp, and quantile takes a number"),
        ('"3h", ', '"59m", ', "late_rate: window = '59m' must be from '1h' to '365d'"),
        ('"365d"', '"366d"', "status_of_last: window = '366d' must be from '1h' to '365d'"),
        ('"3h", ', '"3 hours", ', "late_rate: window cannot be '3 hours': '3 hours' is not a duration"),
        ('"3h", ', '"24h", ', "late_rate: window names '1d' twice"),
        ('["7d"]', "[]", "p90: window names no duration: write one from '1h' to '365d'"),
        ('window = "1d", where', "where", "delays.aggregates.flown] window is required and missing"),
        ("q = 0.9, ", "", "p90: q is missing: quantile needs one, such as q = 0.9"),
        ("q = 0.9", "q = 1.5", "delays.aggregates.p90] q cannot be 1.5"),
        ('of = "late",', 'of = "late", q = 0.5,', "late_rate: q is not for mean; leave it out"),
        (
            'value = "cancelled", ',
            "",
            "cancelled: value is missing: share_of needs one, such as value = 'cancelled'",
        ),
        (
            'value = "cancelled"',
            "value = 3",
            "value = 3 is never a value of 'status', which is of type category",
        ),
        ('of = "late",', 'of = "late", value = 1,', "late_rate: value is not for mean; leave it out"),
        ('"status <> ', '"state <> ', "flown: where = \"state <> 'cancelled'\": 'state' is not a column"),
        ('"late IS NOT NULL"', '"delay + 1"', "[feature_view.delays] where = 'delay + 1': gives a float"),
        (
            "flown =",
            "late_rate_1d =",
            "late_rate_1d: another feature or the entity is called 'late_rate_1d' too",
        ),
        ("flown =", "carrier =", "carrier: another feature or the entity is called 'carrier' too"),
        ("flown =", "_flown =", "delays.aggregates] '_flown' needs another name: _ begins the columns"),
        ('delay = "2h"', 'delay = "2h"\nlatest = ["delay"]', "[feature_view.delays] ttl is missing"),
        ('delay = "2h"', 'ttl = "2h"', "[feature_view.delays] ttl is for latest, which names no field"),
        ('event_time = "left"\n', "", "[feature_view.delays.aggregates] windows are of time"),
    ],
)
def test_a_mistake_is_told_by_its_key(tmp_path: Path, old: str, new: str, says: str) -> None:
    assert says in _refused(tmp_path, old, new)


def test_a_view_has_something_to_give(tmp_path: Path) -> None:
    aggregates = TOML[TOML.index("[feature_view.delays.aggregates]") : TOML.index("[dataset.trips]")]
    says = _refused(tmp_path, aggregates, "")
    assert "[feature_view.delays] latest: name at least one field, or define an aggregate" in says


def test_the_windows_of_a_view_lie_within_what_its_dataset_keeps(tmp_path: Path) -> None:
    text = TOML.replace('event_time = "left"', 'event_time = "left"\nkeep = "400d"', 1)
    with pytest.raises(InvalidDefinition) as error:
        _compiled(tmp_path, f"{text}training.window = '90d'\n")
    assert "with the windows and delay of [feature_view.delays], reaches further back" in str(error.value)


SQL = """
[feature_view.spread]
dataset = "flights"
entity = ["carrier"]
sql = 'SELECT carrier, "left", delay - lag(delay) OVER (PARTITION BY carrier ORDER BY "left") AS more FROM flights'
fields.more = { type = "float", nullable = true }
latest = ["more"]
ttl = "1d"
where = "more IS NOT NULL"
aggregates.most = { aggregate = "max", of = "more", window = "7d" }
"""


def test_the_rows_of_a_view_may_be_what_sql_gives(tmp_path: Path) -> None:
    text = f"{SQL}{TOML}".replace('"delays:*"', '"delays:*", "spread:*"')
    fields = _compiled(tmp_path, text).feature_fields
    assert [fields[name].type for name in ("more", "most")] == ["float", "float"]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('SELECT carrier, "left",', "SELECT carrier,", "gives no column 'left'; it gives carrier, more"),
        (
            'type = "float", nullable',
            'type = "bool", nullable',
            "gives 'more' as DOUBLE, and a field of type bool is",
        ),
        (
            "AS more FROM flights",
            "AS more FROM trips",
            "reads trips; it may read flights and what it names by WITH",
        ),
        ("FROM flights", 'FROM read_csv("x.csv")', "it may read flights and what it names by WITH"),
        ("delay - lag", "delay - late - lag", "Binder Error"),
        ("delay - lag", "random() - lag", "which is another each time; the same data give the same rows"),
        ('ttl = "1d"', 'ttl = "1d"\nonline = true', "online: what sql gives is for training sets alone"),
        ("SELECT carrier", "SELECT 1; SELECT carrier", "is not one SELECT"),
        ("SELECT carrier", "SELECT (carrier", "is not SQL"),
        ('fields.more = { type = "float", nullable = true }\n', "", "latest: 'more' is not a field of"),
        (
            "fields.more",
            "fields.left = { type = 'timestamp' }\nfields.more",
            "fields: left is of the dataset already",
        ),
        (
            'of = "more"',
            'of = "delay"',
            "most: of = 'delay' is not a field of its dataset; there are carrier, left",
        ),
    ],
)
def test_a_mistake_in_the_sql_of_a_view_is_told(tmp_path: Path, old: str, new: str, says: str) -> None:
    assert old in SQL
    (tmp_path / "m.toml").write_text(f"{SQL.replace(old, new, 1)}{TOML}")
    with pytest.raises(InvalidDefinition) as error:
        compiling.compile_all(tmp_path)
    assert "[feature_view.spread" in str(error.value)
    assert says in str(error.value)


@pytest.mark.parametrize(
    ("event_time", "says"),
    [
        ("", "its rows carry the time of the dataset's"),
        (
            'event_time = "left"\nkey = ["left", "carrier"]\n',
            "a correction replaces is not known; leave out the key",
        ),
    ],
)
def test_a_view_in_sql_is_of_rows_that_have_a_time_and_are_never_corrected(
    tmp_path: Path, event_time: str, says: str
) -> None:
    toml = TOML.replace('event_time = "left"\n', event_time, 1)
    (tmp_path / "m.toml").write_text(f"{SQL}{toml}")
    with pytest.raises(InvalidDefinition) as error:
        compiling.compile_all(tmp_path)
    assert "[feature_view.spread] sql: " in str(error.value)
    assert says in str(error.value)


def test_sql_may_give_vectors_and_what_it_gives_may_be_casts_of_texts(tmp_path: Path) -> None:
    sql = """
[feature_view.weights]
dataset = "flights"
entity = ["carrier"]
sql = '''
SELECT carrier, "left", list_transform(seats, lambda x: x / 2) AS halves, TRY_CAST(note AS DOUBLE) AS told
FROM flights
'''
fields.halves = { type = "vector", length = 2, nullable = true }
fields.told = { type = "float", nullable = true }
latest = ["halves"]
ttl = "1d"
"""
    (tmp_path / "m.toml").write_text(f"{sql}{TOML}")
    assert "weights" in compiling.compile_all(tmp_path).views
