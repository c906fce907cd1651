"""Clients send keys alone, and get the answer to the whole instance as they would have computed it."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any

import pandas as pd
import pytest

from replay.flights import DELAYED, DELAYS, INPUTS, WEATHER
from replay.late_shares import late_shares
from tests.e2e.loop import world
from tests.e2e.loop.product import Product

VIEWS = ["aircraft_delays", "carrier_delays", "dest_delays", "origin_delays", "origin_weather"]
# After the upload's last row: of newest values, what counts by then is kept.
REQUEST = {**world.january_requests()[-40], "scheduled_departure": "2013-02-01T05:00:00Z"}
TAILNUM = "N3ALAA"
MANY = 30


@pytest.fixture(scope="module")
def looked_up(released: Product) -> Iterator[Product]:
    """The product, whose views keep windows as of the request for as long as this file is tested."""
    _backfill(released, "--as-of", REQUEST["scheduled_departure"])
    yield released
    _backfill(released)


def _backfill(product: Product, *as_of: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        product.enter(patch)
        for view in VIEWS:
            assert product.keepfit("features", "backfill", view, *as_of)["outcome"] == "materialized"


def whole(*written: dict[str, Any]) -> dict[str, Any]:
    """The instance with the features that follow from the first upload, and rows that were ``written`` since."""
    asked = {**{name: REQUEST[name] for name in INPUTS}, "tailnum": TAILNUM}
    unknown = {"arrived_at": REQUEST["scheduled_departure"], "late": None}
    uploaded = pd.read_csv(io.BytesIO(world.january_flights()))
    frame = pd.concat([uploaded, pd.DataFrame([*written, {**asked, **unknown}])], ignore_index=True)
    frame["late"] = frame["late"].map({True: True, False: False, "True": True, "False": False})
    for name in ("scheduled_departure", "arrived_at"):
        frame[name] = pd.to_datetime(frame[name], utc=True)
    shares = late_shares(frame.assign(late=frame["late"].astype("boolean")), DELAYED).iloc[-1]
    observed = pd.read_csv(io.BytesIO(world.weather(world.JANUARY)))
    known = pd.to_datetime(observed["observed_at"]) <= departure() - pd.Timedelta("2h")
    [newest] = observed[known & (observed["origin"] == REQUEST["origin"])][-1:].to_dict("records")
    weather = {name: None if pd.isna(newest[name]) else newest[name] for name in WEATHER}
    delays = {name: None if pd.isna(shares[name]) else float(shares[name]) for name in DELAYS}
    return {**{name: REQUEST[name] for name in INPUTS}, **weather, **delays}


def departure() -> pd.Timestamp:
    return pd.Timestamp(REQUEST["scheduled_departure"])


def answer(product: Product, instance: dict[str, Any]) -> float:
    reply = product.ask([instance])
    assert reply.status == 200, reply.body
    return float(reply.body["probabilities"][0])


KEYS = {**{name: REQUEST[name] for name in INPUTS}, "tailnum": TAILNUM}


def test_keys_alone_get_the_answer_to_the_whole_instance(looked_up: Product) -> None:
    expected = whole()
    assert expected["carrier_late_7d"] is not None
    assert answer(looked_up, KEYS) == answer(looked_up, expected)
    at = REQUEST["scheduled_departure"]
    found = looked_up.keepfit("features", "get", "carrier_delays", REQUEST["carrier"], "--at", at)
    assert found["windows"] == "found"
    assert found["features"] == {name: expected[name] for name in found["features"]}


def test_what_is_written_is_in_the_next_answer(looked_up: Product) -> None:
    before = answer(looked_up, KEYS)
    written = [
        {
            **{name: REQUEST[name] for name in ("carrier", "origin", "dest", "distance")},
            "scheduled_departure": f"{departure() - pd.Timedelta(minutes=200 + n):%Y-%m-%dT%H:%M:%SZ}",
            "arrived_at": f"{departure() - pd.Timedelta(minutes=125):%Y-%m-%dT%H:%M:%SZ}",
            "tailnum": TAILNUM,
            "late": True,
        }
        for n in range(MANY)
    ]
    rows = [word for row in written for word in ("--row", json.dumps(row))]
    done = looked_up.keepfit("features", "write", "dest_delays", *rows)
    assert (done["accepted"], done["online"], done["crowded"]) == (MANY, True, [])
    after = answer(looked_up, KEYS)
    assert after == answer(looked_up, whole(*written))
    assert after != before
    assert answer(looked_up, {**KEYS, "tailnum": None}) != after
    looked_up.watch.until("the views' next version", lambda: _up_to_date(looked_up))
    assert answer(looked_up, KEYS) == after


def _up_to_date(product: Product) -> bool:
    views = {view["view"]: view for view in product.keepfit("features", "ls")}
    assert sorted(views) == VIEWS
    versions = {(view["version"], view["newest"]) for view in views.values() if view["dataset"] == "flights"}
    [newest] = {newest for _, newest in versions}
    return newest > 1 and versions == {(newest, newest)}
