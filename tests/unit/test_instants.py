from __future__ import annotations

import zoneinfo
from datetime import UTC, datetime, timedelta, timezone
from importlib.resources import files
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepfit.instants import Duration, from_iso, now, time_zone, to_iso

INSTANTS = st.datetimes(
    min_value=datetime(1970, 1, 2),  # noqa: DTZ001 - the strategy adds the zone
    timezones=st.integers(-23, 23).map(lambda hours: timezone(timedelta(hours=hours))),
)


@pytest.mark.parametrize(
    ("text", "seconds"), [("10s", 10), ("5m", 300), ("2h", 7200), ("30d", 2_592_000), ("0s", 0)]
)
def test_a_duration_is_a_number_and_a_unit(text: str, seconds: int) -> None:
    assert Duration.parse(text) == Duration(seconds)


@pytest.mark.parametrize(
    "text", ["", "5", "h", "-5m", "1.5h", "5 m", "5M", "1w", "5m30s", "5m\n", "\N{ARABIC-INDIC DIGIT FIVE}m"]
)
def test_what_is_no_duration_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="'30d'"):
        Duration.parse(text)


@given(st.integers(0, 10**9))
def test_a_duration_is_written_as_it_is_read(seconds: int) -> None:
    assert Duration.parse(str(Duration(seconds))) == Duration(seconds)


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0s"), (90, "90s"), (60, "1m"), (3600, "1h"), (86400, "1d"), (129600, "36h")]
)
def test_a_duration_is_written_in_its_largest_whole_unit(seconds: int, text: str) -> None:
    assert str(Duration(seconds)) == text


def test_durations_are_ordered_by_length_not_by_text() -> None:
    assert Duration.parse("2h") < Duration.parse("1d")
    assert Duration.parse("60m") == Duration.parse("1h")


def test_a_duration_moves_an_instant() -> None:
    assert datetime(2013, 1, 1, tzinfo=UTC) + Duration.parse("36h").delta == datetime(
        2013, 1, 2, 12, tzinfo=UTC
    )


@given(INSTANTS)
def test_an_instant_is_read_as_it_was_written(instant: datetime) -> None:
    assert from_iso(to_iso(instant)) == instant


@given(INSTANTS, INSTANTS)
def test_instants_written_out_sort_as_text_in_time_order(one: datetime, other: datetime) -> None:
    assert (to_iso(one) < to_iso(other)) == (one < other)


@pytest.mark.parametrize(
    "text", ["2013-01-01T05:00:00", "2013-01-01T00:00:00-05:00", "2013-01-01T05:00:00Z", "2013-01-01 05:00"]
)
def test_every_instant_is_read_as_aware_utc(text: str) -> None:
    assert from_iso(text) == datetime(2013, 1, 1, 5, tzinfo=UTC)
    assert from_iso(text).utcoffset() == timedelta(0)


@pytest.mark.parametrize("text", ["", "yesterday", "2013-13-01T00:00:00Z"])
def test_what_is_no_instant_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"Invalid isoformat|month must be"):
        from_iso(text)


def test_now_is_aware_utc() -> None:
    assert now().tzinfo is UTC


def test_zones_are_those_of_the_package_whatever_the_machine_knows(tmp_path: Path) -> None:
    """British Columbia changes its clocks no more since the autumn of 2026."""
    noon = datetime(2026, 12, 1, 12)  # noqa: DTZ001
    former = zoneinfo.TZPATH
    zoneinfo.reset_tzpath(to=[str(tmp_path)])
    try:
        (tmp_path / "America").mkdir()
        (tmp_path / "America" / "Vancouver").write_bytes(
            files("tzdata.zoneinfo.Asia").joinpath("Tokyo").read_bytes()
        )
        time_zone.cache_clear()
        assert noon.replace(tzinfo=time_zone("America/Vancouver")).astimezone(UTC).hour == 19
    finally:
        zoneinfo.reset_tzpath(to=former)
        time_zone.cache_clear()


@pytest.mark.parametrize(
    "zone", ["America/New_York", "Africa/Casablanca", "America/Vancouver", "Australia/Lord_Howe"]
)
def test_duckdb_and_python_know_the_same_rules(zone: str) -> None:
    """Both are pinned; where one is raised alone, training and serving would read other clocks."""
    noons = [datetime(year, month, 15, 12) for year in range(1971, 2038) for month in range(1, 13)]  # noqa: DTZ001
    ours = [noon.replace(tzinfo=time_zone(zone)).timestamp() for noon in noons]
    query = f"SELECT epoch(timezone('{zone}', unnest($1::TIMESTAMP[])))"
    assert [seconds for (seconds,) in duckdb.execute(query, [noons]).fetchall()] == ours


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "../UTC", "/etc/passwd", "America", "UTC\0"])
def test_what_is_no_zone_is_refused(zone: str) -> None:
    with pytest.raises(LookupError, match="is not a time zone"):
        time_zone(zone)
