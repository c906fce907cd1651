"""A definition's lookups are checked against its views."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec import UNSET

from keepfit.definitions import compiling
from keepfit.definitions.compiled_model import decode_model, decode_views, encode
from tests.unit.definitions.test_compiling import MODEL, TRIPS, WEATHER, compiled, refused, write

ONLINE = f"{WEATHER}online = true\n"
LOOKING_UP = MODEL.replace("derive.", 'lookup = ["station_weather"]\nderive.')


def test_a_model_may_leave_the_features_of_an_online_view_to_keepfit(tmp_path: Path) -> None:
    model = compiled(tmp_path, TRIPS, ONLINE, LOOKING_UP)
    assert model.definition.lookup == ["station_weather"]
    assert decode_model(encode(model)) == model
    online = compiling.compile_all(tmp_path).online
    assert (list(online.views), list(online.datasets)) == (["station_weather"], ["weather"])
    assert decode_views(encode(online)) == online


def test_what_does_not_look_up_is_compiled_as_before(tmp_path: Path) -> None:
    model = compiled(tmp_path, TRIPS, WEATHER, MODEL)
    assert model.definition.lookup is UNSET
    assert b"lookup" not in encode(model)
    assert b"online" not in encode(model)
    assert compiling.compile_all(tmp_path).online.views == {}


@pytest.mark.parametrize(
    ("on_outage", "online"), [("fail", "true"), ("missing", '{ on_outage = "missing" }')]
)
def test_a_view_says_what_an_outage_does(tmp_path: Path, on_outage: str, online: str) -> None:
    write(tmp_path, TRIPS, f"{WEATHER}online = {online}\n", LOOKING_UP)
    view = compiling.compile_all(tmp_path).views["station_weather"]
    assert view.on_outage == on_outage


@pytest.mark.parametrize(
    ("lookup", "message"),
    [
        ('["station_wether"]', "'station_wether' is no view whose features the model takes; did you mean"),
        ("[]", "name at least one view"),
        ('["station_weather", "station_weather"]', "each only once"),
    ],
)
def test_a_lookup_of_nothing_is_refused(tmp_path: Path, lookup: str, message: str) -> None:
    model = LOOKING_UP.replace('["station_weather"]', lookup)
    assert message in refused(tmp_path, TRIPS, ONLINE, model)


def test_a_view_that_is_not_online_cannot_be_looked_up(tmp_path: Path) -> None:
    for text in (WEATHER, f"{WEATHER}online = false\n"):
        assert "write online = true in [feature_view.station_weather]" in refused(
            tmp_path, TRIPS, text, LOOKING_UP
        )


def test_an_entity_that_no_request_can_send_is_refused(tmp_path: Path) -> None:
    weather = ONLINE.replace('entity = ["station"]', 'entity = ["station", "ended_at"]').replace(
        "fields.rain", 'fields.ended_at = { type = "timestamp" }\nfields.rain'
    )
    assert "'ended_at' in its entity, which no request can know yet" in refused(
        tmp_path, TRIPS, weather, LOOKING_UP
    )


def test_windows_of_rows_that_may_be_corrected_are_not_online(tmp_path: Path) -> None:
    weather = ONLINE.replace("fields.observed_at", 'key = ["station", "observed_at"]\nfields.observed_at', 1)
    windows = f'{weather}aggregates.readings = {{ aggregate = "count", window = "1d" }}\n'
    assert compiled(tmp_path, TRIPS, weather, LOOKING_UP).definition.lookup == ["station_weather"]
    assert "[dataset.weather] has a key, by which rows are corrected" in refused(
        tmp_path, TRIPS, windows, LOOKING_UP
    )
