"""Proof: the time from an upload of 50,000 rows to a model that answers."""

from __future__ import annotations

import time
from itertools import islice
from pathlib import Path

from cli.places.deployment import Deployment
from proofs.own_cloud import own_cloud
from proofs.proof import Proof, Tell, at_least, at_most
from replay.flights import Year
from replay.play import MODEL
from replay.watch import Watch

NAME = "upload-to-release"
_ROWS, _MAX_SECONDS = 50_000, 30.0
_MONTHS = [1, 2]
_POLL_S = 0.05
_TIMEOUT_S = 600.0


def prove(tell: Tell) -> Proof:
    """Deploys to a cloud of its own, uploads once, and stops the clock when the alias moves."""
    with own_cloud(tell) as (deployment, folder):
        return _measure(deployment, folder, tell)


def _measure(deployment: Deployment, folder: Path, tell: Tell) -> Proof:
    weather, flights = two_months(folder, _ROWS)
    put(deployment, "weather/2013-01-02.csv", weather)
    watch = Watch(deployment, MODEL)
    watch.settled(1)
    tell(f"{_ROWS} rows are uploaded")
    begun = time.monotonic()
    put(deployment, "flights/2013-01-02.csv", flights)
    took = time.monotonic() - begun
    while deployment.champion(MODEL) is None and time.monotonic() < begun + _TIMEOUT_S:
        time.sleep(_POLL_S)
    seconds = time.monotonic() - begun
    watch.settled(2)
    rows = deployment.manifests.manifest("flights", deployment.datasets.newest("flights") or 0).rows
    return Proof(
        name=NAME,
        claims=[
            at_least("rows in the dataset", rows, _ROWS),
            at_most("seconds from the upload to the released model", seconds, _MAX_SECONDS),
        ],
        figures={"rows": rows, "seconds": round(seconds, 2), "of_these_for_the_put": round(took, 2)},
    )


def two_months(folder: Path, rows: int) -> tuple[Path, Path]:
    """The weather of two months and their first ``rows`` flights, as CSV."""
    year, weather, every, flights = (
        Year(),
        folder / "weather.csv",
        folder / "every.csv",
        folder / "flights.csv",
    )
    year.write_weather(_MONTHS, weather)
    year.write_outcomes(_MONTHS, every)
    with every.open() as source, flights.open("w") as target:
        target.writelines(islice(source, rows + 1))
    return weather, flights


def put(deployment: Deployment, key: str, path: Path) -> None:
    """Uploads a file to the intake."""
    deployment.place.client("s3").put_object(
        Bucket=deployment.platform("IntakeBucket"), Key=key, Body=path.read_bytes()
    )
