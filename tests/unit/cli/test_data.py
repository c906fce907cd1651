from __future__ import annotations

import json

from cli.site import Site
from tests.unit.cli import history
from tests.unit.cli.conftest import Keepfit


def test_a_dataset_without_data_is_listed_all_the_same(keepfit: Keepfit, site: Site) -> None:
    [flights] = keepfit("datasets", "--json").json
    assert (flights["dataset"], flights["version"], flights["rows"]) == ("flights", None, 0)


def test_the_newest_version_of_a_dataset_is_described(keepfit: Keepfit, site: Site) -> None:
    history.take_file(site, "aa", version_id="v", bad_rows=2)
    [flights] = keepfit("datasets", "--json").json
    assert (flights["version"], flights["rows"], flights["files"], flights["bad_rows"]) == (1, 100, 1, 2)
    assert flights["last_event"] == "2013-01-31T00:00:00.000000Z"


def test_quarantine_shows_refused_files_and_bad_rows_with_their_reasons(keepfit: Keepfit, site: Site) -> None:
    history.take_file(site, "aa", version_id="v", bad_rows=1)
    history.refuse_file(site, "no rows", version_id="w", key="flights/empty.csv")
    bad = {"row": 17, "field": "distance", "reason": "is below 0", "value": "-3"}
    site.lake.put("datasets/flights/quarantine/aa.jsonl", json.dumps(bad).encode())
    found = keepfit("quarantine", "flights", "--json").json
    assert [one["reason"] for one in found["refused"]] == ["no rows"]
    assert found["bad_rows"] == [{"file": "flights/jan.csv", **bad}]
    shown = keepfit("quarantine", "flights").stdout
    assert "is below 0" in shown
    assert "no rows" in shown


def test_no_more_bad_rows_are_shown_than_asked_for(keepfit: Keepfit, site: Site) -> None:
    history.take_file(site, "aa", version_id="v", bad_rows=3)
    lines = [json.dumps({"row": row, "field": "f", "reason": "r", "value": "v"}) for row in range(3)]
    site.lake.put("datasets/flights/quarantine/aa.jsonl", "\n".join(lines).encode())
    found = keepfit("quarantine", "flights", "--limit", "2", "--json").json
    assert [one["row"] for one in found["bad_rows"]] == [0, 1]
