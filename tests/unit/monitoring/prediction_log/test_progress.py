"""Progress knows what is collected as long as delivery may be late, and forgets it afterwards."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from keepfit.monitoring.prediction_log import progress
from keepfit.monitoring.prediction_log.progress import Progress, progress_of

keys = st.lists(
    st.builds("2013/02/{:02}/{:02}/{}".format, st.integers(1, 3), st.integers(0, 23), st.integers(0, 9)),
    max_size=20,
)
events = st.none() | st.datetimes(timezones=st.just(UTC))
records = st.builds(progress_of, keys, events)


@given(records, records, records)
def test_merging_is_the_same_in_any_order_and_twice(one: Progress, two: Progress, three: Progress) -> None:
    assert one.merged(two) == two.merged(one)
    assert one.merged(two).merged(three) == one.merged(two.merged(three))
    assert one.merged(two).merged(two) == one.merged(two)


@given(keys, keys)
def test_what_is_looked_at_again_and_collected_is_known(first: list[str], second: list[str]) -> None:
    merged = progress_of(first, None).merged(progress_of(second, None))
    looked_at = {key for key in first + second if key > merged.look_after}
    assert list(merged.uncollected(looked_at)) == []


def test_a_late_object_of_the_day_before_is_not_lost() -> None:
    record = progress_of(["2013/02/02/12/a"], None)
    late = "2013/02/01/12/late"
    assert late > record.look_after
    assert list(record.uncollected([late])) == [late]


def test_objects_older_than_delivery_can_be_late_are_not_looked_at_again() -> None:
    record = progress_of(["2013/02/02/12/a", "2013/01/01/12/old"], None)
    assert record.look_after > "2013/02/01/10/x"
    assert list(record.recent) == ["2013/02/02/12", "2013/01/01/12"]
    assert list(Progress().merged(record).recent) == ["2013/02/02/12"]


def test_before_the_first_object_everything_is_looked_at() -> None:
    assert Progress().look_after == ""
    assert progress_of(["written by hand"], None).look_after == ""


def test_the_record_fits_into_one_item_of_400_kb() -> None:
    many = [f"2013/02/01/05/{number}" for number in range(progress._MAX_RECENT + 5000)]
    record = Progress().merged(progress_of(many, datetime(2013, 2, 1, tzinfo=UTC)))
    assert len(msgspec.json.encode(record)) < 400_000


def test_the_later_report_is_the_last_one() -> None:
    assert Progress(last_report="a").merged(Progress(last_report="b")).last_report == "b"
    assert Progress(last_report="a").merged(Progress()).last_report == "a"
