"""`keepfit drift --whom` tells which requests moved, and shows nothing that is sensitive."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from keepfit.adapters.aws.s3_artifacts import S3Artifacts
from keepfit.adapters.duckdb.parquet_predictions import ParquetPredictions
from keepfit.features.schema.signature import Column, Signature, to_json
from keepfit.monitoring.drift.compare import compare
from keepfit.monitoring.drift.decision import Threshold
from keepfit.monitoring.prediction_log.parse import Prediction
from keepfit.monitoring.profiles.profile import profile_of
from keepfit.views.stores import ModelStores
from tests.unit.cli.conftest import Keepfit
from tests.unit.pages.support.markup import check_page
from tests.unit.views.support.history import promote, put_version
from tests.unit.views.support.monitored import BEGIN, DAY, column, put_window

RANDOM = np.random.default_rng(0)
ORIGINS = ["JFK", "EWR", "LGA"]
REFERENCE = profile_of(
    {
        "pressure": RANDOM.uniform(size=600),
        "origin": RANDOM.choice(ORIGINS, size=600),
        "passenger": [f"name {n % 3}" for n in range(600)],
    },
    {"pressure": "float", "origin": "category", "passenger": "category"},
)


def _signature(*, sensitive: bool) -> bytes:
    columns = [
        Column(name="pressure", type="float", source="input"),
        Column(name="origin", type="category", source="input"),
        Column(
            name="passenger", type="category", source="input", **({"sensitive": True} if sensitive else {})
        ),
    ]
    return to_json(Signature(model="delay", label="late", event_time=None, columns=columns))


@pytest.fixture
def moved(stores: ModelStores) -> None:
    """Of 300 requests the hundred from JFK have a pressure that training never saw; passengers became sensitive."""
    profile = REFERENCE.to_json()
    for version, sensitive in ((1, False), (2, True)):
        files = {"profile.json": profile, "signature.json": _signature(sensitive=sensitive)}
        put_version(stores, version, lambda_version=str(version + 1), more=files)
        promote(stores, version, str(version + 1))
    rows = [
        {
            "pressure": 7.0 if n % 3 == 0 else (n % 100) / 100,
            "origin": ORIGINS[n % 3],
            "passenger": "Ana Secret",
        }
        for n in range(300)
    ]
    predictions = [
        Prediction(
            prediction_id=str(n),
            version=1,
            at=BEGIN,
            event_time=BEGIN - timedelta(minutes=n),
            inputs=dict(row),
            outputs={},
            answer=[0.5],
        )
        for n, row in enumerate(rows)
    ]
    ParquetPredictions(files=S3Artifacts(bucket="lake"), model="delay").add("batch", predictions)
    window = REFERENCE.counts_of({name: [row[name] for row in rows] for name in rows[0]})
    drift = compare(REFERENCE, window, Threshold(limit=0.25, minimum_rows=50))
    put_window(stores, BEGIN - DAY, [column("pressure", 0.9)])
    put_window(stores, BEGIN, [], drift=drift)


def test_who_moved_is_told_by_what_they_have_in_common(keepfit: Keepfit, moved: None) -> None:
    shown = " ".join(keepfit("drift", "delay", "--whom").stdout.split())
    assert "origin JFK (100%, of others 0%)" in shown
    assert "has drifted since the report of 2025-12-31 00:00 UTC" in shown
    document = keepfit("drift", "delay", "--whom", "--json").json
    pressure = next(each for each in document["affected"] if each["column"] == "pressure")
    assert (pressure["rows"], pressure["now"]) == (100, pytest.approx(1 / 3, abs=1e-4))
    assert pressure["examples"][0] == {"pressure": 7.0, "origin": "JFK"}


def test_what_is_sensitive_by_now_is_not_shown_of_former_requests(
    keepfit: Keepfit, moved: None, tmp_path: Path
) -> None:
    page = tmp_path / "drift.html"
    told = keepfit("drift", "delay", "--whom", "--html", str(page)).stdout
    for shown in (told, page.read_text(encoding="utf-8")):
        assert "JFK" in shown
        assert "Secret" not in shown


def test_the_page_tells_since_when_for_whom_and_what_was_done(
    keepfit: Keepfit, stores: ModelStores, moved: None, tmp_path: Path
) -> None:
    page = tmp_path / "drift.html"
    keepfit("drift", "delay", "--whom", "--html", str(page))
    written = page.read_text(encoding="utf-8")
    check_page(written)
    assert "Since when" in written
    assert "These 100 requests have in common: origin JFK (100%, of others 0%)." in written


def test_without_the_option_no_request_is_read_and_it_says_how(keepfit: Keepfit, moved: None) -> None:
    answer = keepfit("drift", "delay")
    assert "keepfit drift delay --whom" in answer.stderr
    assert keepfit("drift", "delay", "--json").json["affected"] is None


def test_where_nothing_has_drifted_nobody_is_affected(keepfit: Keepfit, stores: ModelStores) -> None:
    put_window(stores, BEGIN, [column("pressure", 0.1)])
    assert keepfit("drift", "delay", "--whom", "--json").json["affected"] == []


def test_where_nothing_was_compared_there_is_nothing_to_look_into(
    keepfit: Keepfit, stores: ModelStores
) -> None:
    put_window(stores, BEGIN, [], drift=None, nothing_compared="1 row in the window")
    answer = keepfit("drift", "delay", "--whom")
    assert answer.exit_code == 3
    assert "1 row in the window" in answer.stderr
