from __future__ import annotations

import gzip
import json
import tempfile
from pathlib import Path

import duckdb
import pytest

from tests.e2e.loop import world
from tests.e2e.loop.product import MODEL, Product
from tests.unit.features.support.hostile_parquet import column, footer

_HEADER = "scheduled_departure,arrived_at,carrier,origin,dest,distance,tailnum,late\n"
_GOOD = "2013-03-01T10:00:00Z,2013-03-01T12:00:00Z,UA,EWR,IAH,1400,N14228,false\n"
_BAD = "2013-03-01T10:00:00Z,2013-03-01T12:00:00Z,UA,EWR,IAH,far,N14228,false\n"
_WEATHER = "observed_at,origin,temp,dewp,humid,wind_dir,wind_speed,wind_gust,precip,pressure,visib\n"


def as_parquet(csv: str) -> bytes:
    """The same table."""
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder, "table.parquet")
        table.with_suffix(".csv").write_text(csv)
        duckdb.read_csv(str(table.with_suffix(".csv"))).write_parquet(str(table))
        return table.read_bytes()


def _damaged(parquet: bytes) -> bytes:
    """The same file, but for the head of its first page."""
    return parquet[:4] + b"\xff" * 40 + parquet[44:]


REFUSED = {
    "no-column.csv": (b"scheduled_departure,arrived_at,carrier\n2013-03-01,2013-03-01,UA\n", "dest"),
    "no-table.csv": (bytes(range(256)) * 40, ""),
    "no-parquet.parquet": (b"PAR1 and then nothing", "Parquet"),
    "bomb.parquet": (footer([column("carrier")], promised=2**28), "Out of Memory"),
    "damaged.parquet": (_damaged(as_parquet(_HEADER + _GOOD * 1000)), "cannot be read as Parquet"),
    "no-rows.csv": (_HEADER.encode(), "no rows"),
    "empty.csv": (b"", "empty"),
    "too-many-bad-rows.csv": ((_HEADER + _GOOD * 9 + _BAD).encode(), "row 11: distance"),
    "cut-off.csv.gz": (gzip.compress((_HEADER + _GOOD * 1000).encode())[:-20], "cannot be unpacked"),
    "table.xlsx": ((_HEADER + _GOOD).encode(), "xlsx"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_that_cannot_be_data_is_refused_with_its_reason(released: Product, name: str) -> None:
    body, why = REFUSED[name]
    before = released.deployment.datasets.newest("flights")
    version = released.put(f"flights/{name}", body)
    refusal = released.refusal(f"flights/{name}")
    assert refusal.source.version_id == version
    assert refusal.reason
    assert why in refusal.reason
    assert released.deployment.datasets.newest("flights") == before


def test_the_same_content_under_another_name_is_refused_with_where_it_is(released: Product) -> None:
    before = released.deployment.datasets.newest("flights")
    released.put("flights/january-again.csv", world.january_flights())
    assert "flights/2013-01.csv" in released.refusal("flights/january-again.csv").reason
    assert released.deployment.datasets.newest("flights") == before


def test_refused_files_start_nothing_and_the_champion_keeps_serving(released: Product) -> None:
    champion, executions = released.champion, len(released.watch.executions())
    for name, (body, _) in REFUSED.items():
        released.put(f"flights/again-{name}", body)
    for name in REFUSED:
        released.refusal(f"flights/again-{name}")
    assert len(released.watch.executions()) == executions
    assert released.champion == champion
    assert released.ask(world.january_requests()[:1]).body["model_version"] == champion.version


def test_a_few_bad_rows_go_to_quarantine_with_row_field_and_reason(released: Product) -> None:
    good = "2012-12-31T{:02}:00:00Z,EWR,30,20,70,180,10,,0,1020,10\n"
    lines = [
        _WEATHER,
        *(good.format(hour) for hour in range(24)),
        "2012-12-31T23:30:00Z,JFK,30,20,170,180,10,,0,1020,windy\n",
    ]
    record = released.take_in("weather/2012-12.csv", "".join(lines).encode())
    assert (record.rows, record.bad_rows) == (24, 1)
    part = released.deployment.manifests.manifest("weather", record.version).holding(record.source.sha256)
    assert part is not None
    assert part.quarantine is not None
    found = [json.loads(line) for line in released.deployment.lake.get(part.quarantine).splitlines()]
    assert [(flaw["row"], flaw["field"], flaw["value"]) for flaw in found] == [
        (26, "humid", "170"),
        (26, "visib", "windy"),
    ]
    assert all(flaw["reason"] for flaw in found)
    assert (part.rows, part.source.key) == (24, "weather/2012-12.csv")


def test_an_upload_is_taken_back_and_read_again(released: Product) -> None:
    body = (_WEATHER + "2012-10-31T00:00:00Z,EWR,,,,,,,,,\n").encode()
    first = released.take_in("weather/2012-10.csv", body)
    named = ("weather", first.source.sha256[:12])
    gone = released.keepfit("datasets", "withdraw", *named, "--why", "the wrong year")
    assert (gone["outcome"], gone["version"], gone["rows"]) == ("withdrawn", first.version + 1, 1)
    shown = released.keepfit("datasets", "show", "weather")
    assert first.source.sha256 not in [upload["sha256"] for upload in shown["uploads"]]
    [withdrawn] = [each for each in shown["withdrawn"] if each["sha256"] == first.source.sha256]
    assert (withdrawn["why"], withdrawn["version"]) == ("the wrong year", gone["version"])
    back = released.keepfit("datasets", "again", "2012-10.csv", "--why", "it was the right one")
    assert (back["outcome"], back["version"], back["rows"]) == ("taken", gone["version"] + 1, 1)

    def told() -> list[object]:
        suppressed = released.deployment.runs(MODEL).newest_suppressions(20)
        causes = [each.trigger.detail.get("cause") or {} for each in suppressed]
        return [
            cause["kind"]
            for cause in causes
            if cause.get("why") in ("the wrong year", "it was the right one")
        ]

    released.watch.until("both suppressions", lambda: len(told()) == 2)
    assert sorted(map(str, told())) == ["again", "withdrawal"]


def test_new_data_that_asks_for_no_retraining_leaves_a_reason(released: Product) -> None:
    executions = released.watch.executions()
    line = "2012-11-30T00:00:00Z,EWR,,,,,,,,,\n"
    record = released.take_in("weather/2012-11.parquet", as_parquet(_WEATHER + line))
    after = released.watch.settled(len(executions) + 1)
    [started] = [e for e in after if e["executionArn"] not in {known["executionArn"] for known in executions}]
    suppressions = released.deployment.runs(MODEL).newest_suppressions(10)
    [ours] = [each for each in suppressions if each.trigger.detail.get("version") == record.version]
    assert started["status"] == "SUCCEEDED"
    assert ours.trigger.dataset == "weather"
    assert "does not retrain this model" in ours.reason
