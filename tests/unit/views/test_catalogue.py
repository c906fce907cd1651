"""The catalogue: what there is, whose, how fresh, and who uses it; with a deployment or by definitions alone."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from keepfit.definitions import compiling
from keepfit.errors import NotFound
from keepfit.features.datasets.contract_results import ContractResult
from keepfit.features.profiles.profile import ColumnProfile, Profile
from keepfit.views.catalogue import Entry, Known, read_catalogue
from keepfit.views.catalogue_entry import read_detail
from keepfit.views.catalogue_search import search
from keepfit.views.stores import DatasetStores, ModelStores
from tests.unit.views.support import history
from tests.unit.views.support.history import AT, MODEL

DEFINITIONS = """
[dataset.flights]
event_time = "departure"
owner = "travel desk"
description = "flights out of New York"
tags = ["public", "hourly"]
[dataset.flights.fields]
departure = { type = "timestamp" }
gate = { type = "category" }
distance = { type = "float", unit = "mile", description = "as the crow flies" }
late = { type = "bool", nullable = true }
[dataset.weather]
event_time = "observed_at"
[dataset.weather.fields]
observed_at = { type = "timestamp" }
gate = { type = "category" }
wind = { type = "float", unit = "knot" }
[feature_view.gate_weather]
dataset = "weather"
entity = ["gate"]
latest = ["wind"]
ttl = "6h"
tags = ["hourly"]
[model.delay]
owner = "data science"
dataset = "flights"
label = "late"
inputs = ["departure", "distance", "gate"]
features = ["gate_weather:*"]
"""


@pytest.fixture
def defined(tmp_path: Path) -> Known:
    """The definitions alone."""
    (tmp_path / "delay.toml").write_text(DEFINITIONS)
    return Known(definitions=compiling.compile_all(tmp_path))


@pytest.fixture
def known(defined: Known, flights: DatasetStores, stores: ModelStores) -> Known:
    """With a dataset of two uploads, and a model that serves."""
    manifest = history.take_file(flights, "aa", version_id="1")
    history.take_more(flights, manifest, "bb", version_id="2")
    history.two_releases(stores)
    return Known(definitions=defined.definitions, datasets={"flights": flights}, models={MODEL: stores})


def named(entries: list[Entry]) -> dict[str, Entry]:
    return {entry.name: entry for entry in entries}


def test_every_definition_is_an_entry_with_what_it_says_of_itself(defined: Known) -> None:
    entries = named(read_catalogue(defined))
    assert [(entry.kind, name) for name, entry in entries.items()] == [
        ("dataset", "flights"),
        ("dataset", "weather"),
        ("feature_view", "gate_weather"),
        ("model", "delay"),
    ]
    flights = entries["flights"]
    assert (flights.owner, flights.description, flights.tags) == (
        "travel desk",
        "flights out of New York",
        ["public", "hourly"],
    )
    assert (flights.version, flights.rows, flights.bytes, flights.deployed) == (None, None, None, False)
    assert entries["weather"].used_by == ["delay", "gate_weather"]
    assert (entries["gate_weather"].used_by, entries["delay"].used_by) == (["delay"], [])


def test_a_deployment_says_version_size_and_freshness(known: Known) -> None:
    entries = named(read_catalogue(known))
    flights = entries["flights"]
    assert (flights.version, flights.rows, flights.bytes) == (2, 200, 2000)
    assert (flights.newest_event, flights.changed_at) == (datetime(2013, 1, 31, tzinfo=UTC), AT)
    assert flights.deployed
    assert not entries["weather"].deployed
    assert (entries["delay"].version, entries["delay"].changed_at) == (2, AT)


def test_what_is_deployed_and_defined_elsewhere_is_an_entry_too(known: Known, tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    bare = Known(
        definitions=compiling.compile_all(tmp_path / "none"), datasets=known.datasets, models=known.models
    )
    entries = named(read_catalogue(bare))
    assert [(name, entry.defined, entry.deployed) for name, entry in entries.items()] == [
        ("flights", False, True),
        ("delay", False, True),
    ]
    assert read_detail(bare, "delay", limit=5, at=AT).fields == []


def test_a_search_wants_every_word_and_finds_the_best_first(defined: Known) -> None:
    assert [match.entry.name for match in search(defined, ["HOURLY"]).matches] == ["flights", "gate_weather"]
    assert [match.entry.name for match in search(defined, ["weather"]).matches] == ["weather", "gate_weather"]
    assert [match.entry.name for match in search(defined, ["hourly", "knot"]).matches] == ["gate_weather"]
    [crow, _] = search(defined, ["crow"]).matches
    assert crow.found == [("field description", "as the crow flies")]
    assert [match.entry.name for match in search(defined, ["data", "science"]).matches] == ["delay"]


def test_a_search_that_finds_nothing_names_words_that_are_like_it(defined: Known) -> None:
    found = search(defined, ["wether"])
    assert (found.matches, found.instead) == ([], ["weather"])
    assert search(defined, ["", " "]).matches == []


def test_a_dataset_is_shown_with_fields_versions_uploads_and_readers(known: Known) -> None:
    detail = read_detail(known, "flights", limit=1, at=datetime(2013, 2, 1, tzinfo=UTC))
    assert [(each.name, each.type, each.unit, each.role) for each in detail.fields] == [
        ("departure", "timestamp", None, "event time"),
        ("gate", "category", None, None),
        ("distance", "float", "mile", None),
        ("late", "bool", None, None),
    ]
    assert detail.version is not None
    assert [upload.sha256 for upload in detail.version.uploads] == ["aa", "bb"]
    assert [*detail.version.versions] == [2]
    assert detail.freshness is not None
    assert (detail.freshness.age, detail.freshness.late) == (86_400, False)
    assert detail.entry.used_by == ["delay"]


def test_a_dataset_is_shown_with_what_is_missing_how_late_it_is_and_its_contracts(
    defined: Known, flights: DatasetStores, tmp_path: Path
) -> None:
    folder = tmp_path / "more"
    folder.mkdir()
    contracts = """
        [[dataset.flights.contracts]]
        rule = "freshness"
        within = "2d"
        [[dataset.flights.contracts]]
        rule = "range"
        fields = ["distance"]
        max = 5000
        severity = "warn"
        """
    (folder / "delay.toml").write_text(DEFINITIONS + contracts)
    column = ColumnProfile(kind="values", rows=100, missing=25)
    path = folder / "profile.json"
    path.write_bytes(msgspec.json.encode(Profile(rows=100, columns={"gate": column})))
    broken = ContractResult(
        contract="range distance", rule="range", severity="warn", outcome="broken", reason="3 rows", rows=3
    )
    key = flights.manifests.put_profile("flights", "aa", path)
    history.take_file(flights, "aa", version_id="1", profile=key, contracts=[broken])
    known = Known(definitions=compiling.compile_all(folder), datasets={"flights": flights})
    detail = read_detail(known, "flights", limit=5, at=datetime(2013, 2, 3, tzinfo=UTC))
    assert {each.name: each.missing for each in detail.fields}["gate"] == 0.25
    assert {each.name: each.missing for each in detail.fields}["distance"] is None
    assert detail.freshness is not None
    assert (str(detail.freshness.limit), detail.freshness.late) == ("2d", True)
    assert [(one.contract, one.broken, one.last) for one in detail.contracts] == [
        ("freshness", 0, None),
        ("range distance", 1, "3 rows"),
    ]


def test_a_view_and_a_model_are_shown_with_what_they_take(known: Known) -> None:
    view = read_detail(known, "gate_weather", limit=5, at=AT)
    assert [(each.name, each.role) for each in view.fields] == [("wind", "feature"), ("gate", "entity")]
    assert (view.keys["dataset"], str(view.keys["ttl"])) == ("weather", "6h")
    model = read_detail(known, "delay", limit=5, at=AT)
    assert [(each.name, each.role) for each in model.fields] == [
        ("late", "label"),
        ("departure", "input"),
        ("distance", "input"),
        ("gate", "input"),
        ("wind", "feature of gate_weather"),
    ]


def test_aggregates_are_shown_by_what_they_are_and_found_by_their_names(tmp_path: Path) -> None:
    aggregates = """
        [feature_view.gate_winds]
        dataset = "weather"
        entity = ["gate"]
        [feature_view.gate_winds.aggregates]
        mean_wind = { aggregate = "mean", of = "wind", window = ["3h", "1d"] }
        readings = { aggregate = "count", window = "1d" }
        """
    more = DEFINITIONS.replace('"gate_weather:*"', '"gate_weather:*", "gate_winds:*"')
    (tmp_path / "delay.toml").write_text(more + aggregates)
    known = Known(definitions=compiling.compile_all(tmp_path))
    shown = read_detail(known, "gate_winds", limit=5, at=AT)
    assert [(each.name, each.type, each.role) for each in shown.fields] == [
        ("mean_wind_3h", "float", "mean of wind over 3h"),
        ("mean_wind_1d", "float", "mean of wind over 1d"),
        ("readings", "int", "count over 1d"),
        ("gate", "category", "entity"),
    ]
    roles = {each.name: each.role for each in read_detail(known, "delay", limit=5, at=AT).fields}
    assert roles["readings"] == "feature of gate_winds"
    assert [match.entry.name for match in search(known, ["readings"]).matches] == ["delay", "gate_winds"]


def test_what_is_not_there_is_told_with_all_that_is(known: Known) -> None:
    with pytest.raises(NotFound, match="is called 'nope'; there are: delay, flights, gate_weather, weather"):
        read_detail(known, "nope", limit=5, at=AT)


AGGREGATES = """
[feature_view.gate_weather.aggregates]
gusts = { aggregate = "max", of = "wind", window = "7d" }
storms = { aggregate = "count", window = "30d", where = "wind > 40" }
"""


def test_aggregates_are_features_with_what_they_are_of(tmp_path: Path) -> None:
    (tmp_path / "delay.toml").write_text(f"{DEFINITIONS}{AGGREGATES}")
    defined = Known(definitions=compiling.compile_all(tmp_path))
    view, model = (read_detail(defined, name, limit=1, at=AT) for name in ("gate_weather", "delay"))
    fields = {field.name: field for field in view.fields}
    assert (fields["gusts"].type, fields["gusts"].unit) == ("float", "knot")
    assert fields["gusts"].description == "max of wind in the last 7d"
    assert fields["storms"].description == "count of rows in the last 30d"
    assert {"gusts", "storms"} <= {field.name for field in model.fields}
    assert "gate_weather" in [match.entry.name for match in search(defined, ["storms"]).matches]
