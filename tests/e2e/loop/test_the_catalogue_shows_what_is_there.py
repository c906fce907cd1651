from __future__ import annotations

import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from tests.e2e.loop.product import MODEL, Product

_HEADER = "observed_at,origin,temp,dewp,humid,wind_dir,wind_speed,wind_gust,precip,pressure,visib\n"


def shown(product: Product) -> dict[str, Any]:
    """What the Glue Data Catalog says of the table of weather, and of each of its partitions."""
    glue = product.client("glue")
    partitions = glue.get_partitions(DatabaseName="keepfit", TableName="weather")["Partitions"]
    return {
        "version": glue.get_table(DatabaseName="keepfit", Name="weather")["Table"]["Parameters"][
            "keepfit.version"
        ],
        "places": {one["Values"][1]: one["StorageDescriptor"]["Location"] for one in partitions},
    }


def rows_of(product: Product, places: list[str], folder: Path) -> int:
    """How many rows lie at the places, read by who knows nothing else."""
    for number, place in enumerate(places):
        bucket, _, prefix = place.removeprefix("s3://").partition("/")
        for item in product.client("s3").list_objects_v2(Bucket=bucket, Prefix=prefix)["Contents"]:
            product.client("s3").download_file(bucket, item["Key"], str(folder / f"{number}.parquet"))
    [(rows,)] = duckdb.sql(f"SELECT count(*) FROM '{folder}/*.parquet'").fetchall()
    return int(rows)


def test_a_table_follows_the_versions_of_its_dataset(released: Product, tmp_path: Path) -> None:
    record = released.take_in(
        "weather/2012-09.csv", (_HEADER + "2012-09-30T00:00:00Z,EWR,,,,,,,,,\n").encode()
    )

    def follows() -> dict[str, Any] | None:
        manifest = released.deployment.manifests.manifest(
            "weather", released.deployment.datasets.newest("weather") or 0
        )
        now = shown(released)
        return now if now["version"] == str(manifest.version) else None

    now = released.watch.until("the table of weather", follows)
    manifest = released.deployment.manifests.manifest("weather", int(now["version"]))
    assert {part.sha256 for part in manifest.parts} == {*now["places"]}
    assert rows_of(released, [*now["places"].values()], tmp_path) == manifest.rows
    asked = "SELECT count(*) AS n, count(DISTINCT _upload) AS uploads FROM weather"
    assert released.keepfit("sql", asked)["rows"] == [[manifest.rows, len(manifest.parts)]]
    gone = ("weather", record.source.sha256[:12], "--why", "a test", "--no-train")
    released.keepfit("datasets", "withdraw", *gone)
    now = released.watch.until(
        "the table without it", lambda: (found := follows()) and record.source.sha256 not in found["places"]
    )
    [again] = released.keepfit("catalogue", "register", "weather")
    assert (again["put"], again["removed"], again["left_out"]) == (0, 0, [])


def test_the_catalogue_says_what_there_is_and_what_was_made_of_it(released: Product, tmp_path: Path) -> None:
    entries = {entry["name"]: entry for entry in released.keepfit("catalogue", "list")}
    assert entries["weather"]["used_by"] == [MODEL, "origin_weather"]
    assert entries[MODEL]["version"] == released.champion.version
    assert entries["flights"]["rows"] > 0
    lineage = released.keepfit("catalogue", "lineage", MODEL, "--html", str(tmp_path / "lineage.html"))
    kinds = {node["kind"] for node in lineage["nodes"]}
    assert kinds == {"upload", "dataset_version", "run", "model_version", "release"}
    assert "<svg" in (tmp_path / "lineage.html").read_text()
    [first, *_] = released.keepfit("catalogue", "search", "wind", "origin")["matches"]
    assert first["entry"]["name"] in ("origin_weather", "weather", MODEL)


def test_what_serves_is_proven_to_people_who_were_not_there(released: Product, tmp_path: Path) -> None:
    champion = released.champion.version
    served = released.keepfit("audit", "served", MODEL, datetime.now(UTC).isoformat())
    assert (served["intact"], [share["version"] for share in served["shares"]]) == (True, [champion])
    [share] = served["shares"]
    assert share["data"].keys() == {"flights", "weather"}
    file = str(tmp_path / "evidence.zip")
    bundle = released.keepfit("audit", "bundle", MODEL, "--into", file)
    checked = released.keepfit("audit", "verify", file, "--digest", bundle["digest"])
    assert (checked["intact"], checked["wrong"]) == (True, {})
    with zipfile.ZipFile(file) as archive:
        bill = json.loads(archive.read("ml-bom.cdx.json"))
        card = archive.read("README.md").decode()
    names = {component["name"] for component in bill["components"]}
    assert {"flights", "weather", "scikit-learn"} <= names
    assert f"# {MODEL}, version {champion}" in card


def test_contracts_leave_rows_out_and_warn_and_both_is_on_record(released: Product) -> None:
    good = "2012-08-31T{:02}:00:00Z,EWR,70,60,70,180,10,,0,1020,10\n"
    lines = [_HEADER, *(good.format(hour) for hour in range(24)), good.format(23)]
    lines.append(good.format(22).replace("EWR,70", "JFK,700"))
    record = released.take_in("weather/2012-08.csv", "".join(lines).encode())
    assert (record.rows, record.bad_rows) == (25, 1)
    told = {one.contract: one for one in record.contracts}
    assert told["range temp, dewp"].reason == "1 rows: temp is above 150"
    assert (told["unique observed_at, origin"].severity, told["unique observed_at, origin"].rows) == (
        "warn",
        1,
    )
    found = released.keepfit("quarantine", "weather", "2012-08.csv")
    assert [one["reason"] for one in found["bad_rows"]] == ["is above 150 (contract range temp, dewp)"]
    assert {one["result"]["contract"] for one in found["contracts"]} == {*told}
    shown = released.keepfit("catalogue", "show", "weather")
    assert {one["contract"]: one["broken"] for one in shown["contracts"]} == dict.fromkeys(told, 1)
    assert {one["name"]: one["missing"] for one in shown["fields"]}["temp"] is not None
