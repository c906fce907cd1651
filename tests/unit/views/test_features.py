"""The view of online features: how fresh each is, and what is known of an entity."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from keepfit.errors import InvalidRequest
from keepfit.features.online.view import OnlineView
from keepfit.views.features import OnlineStores, read_entity, read_view
from tests.unit.features.support.landings import NOW, START, Landings, compiled

ROWS = [
    {
        "scheduled": f"2013-01-01T0{hour}:00:00Z",
        "landed": f"2013-01-01T0{hour}:30:00Z",
        "carrier": "AA",
        "tail": "N1",
        "minutes": 10.0 * hour,
        "late": hour > 2,
    }
    for hour in range(1, 5)
]


@pytest.fixture
def landings(tmp_path: Path) -> Landings:
    return Landings(*compiled(tmp_path))


def stores(landings: Landings, view: OnlineView | None = None) -> OnlineStores:
    return OnlineStores(
        views={"delays": view or landings.view},
        records=landings.place.records,
        store=landings.store,
        progress=landings.progress,
        clock=lambda: NOW,
    )


def test_a_view_says_which_version_it_holds_and_which_is_the_newest(landings: Landings) -> None:
    nothing = read_view(stores(landings), "delays")
    assert (nothing.version, nothing.newest, nothing.progress) == (None, None, None)
    landings.upload("a", ROWS)
    assert (read_view(stores(landings), "delays").version, read_view(stores(landings), "delays").newest) == (
        None,
        1,
    )
    landings.materialize()
    found = read_view(stores(landings), "delays")
    assert (found.version, found.newest, found.redefined) == (1, 1, False)
    assert (found.ttl, found.delay, found.on_outage) == ("30d", "30m", "fail")
    assert {"minutes", "flights_3h", "p90_20d"} <= {*found.features}
    other = dataclasses.replace(
        landings.view, definition=replace(landings.view.definition, latest=["minutes", "tail"])
    )
    assert read_view(stores(landings, other), "delays").redefined is True


def test_an_entity_has_what_a_request_would_get(landings: Landings) -> None:
    landings.upload("a", ROWS)
    landings.materialize()
    at = START + timedelta(hours=4)
    found = read_entity(stores(landings), "delays", [" AA "], at)
    assert (found.entity, found.state, found.windows) == ({"carrier": "AA"}, "found", "found")
    # Half an hour before, three had landed; the fourth departs later.
    assert found.features["minutes"] == 30.0
    assert found.features["flights_3h"] == 3
    assert found.features["late_rate_3h"] == pytest.approx(1 / 3)
    assert (found.happened, found.age_s) == ("2013-01-01T03:00:00.000000Z", 3600.0)
    assert read_entity(stores(landings), "delays", ["ZZ"], at).state == "absent"


@pytest.mark.parametrize(
    ("keys", "message"), [(["AA", "N1"], "name a value for each"), (["x" * 1001], "is longer than 1000")]
)
def test_keys_that_are_no_entity_are_refused(landings: Landings, keys: list[str], message: str) -> None:
    with pytest.raises(InvalidRequest, match=message):
        read_entity(stores(landings), "delays", keys, START)
