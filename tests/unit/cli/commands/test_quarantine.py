from __future__ import annotations

import json

import pytest

from keepfit.features.datasets.manifest import Upload
from keepfit.features.datasets.records import Discarded
from keepfit.views.stores import DatasetStores
from tests.unit.cli.conftest import Invoked, Keepfit
from tests.unit.views.support import history


def test_quarantine_shows_refused_files_and_bad_rows_with_their_reasons(
    keepfit: Keepfit, flights: DatasetStores
) -> None:
    history.take_file(flights, "aa", version_id="v", bad_rows=1)
    history.refuse_file(flights, "no rows", version_id="w", key="flights/empty.csv")
    bad = {"row": 17, "field": "distance", "reason": "is below 0", "value": "-3"}
    flights.lake.put("datasets/flights/quarantine/aa.jsonl", json.dumps(bad).encode())
    found = keepfit("quarantine", "flights", "--json").json
    assert [one["reason"] for one in found["refused"]] == ["no rows"]
    assert found["bad_rows"] == [{"file": "flights/jan.csv", **bad}]
    shown = keepfit("quarantine", "flights").stdout
    assert "is below 0" in shown
    assert "no rows" in shown


def test_no_more_bad_rows_are_shown_than_asked_for(keepfit: Keepfit, flights: DatasetStores) -> None:
    history.take_file(flights, "aa", version_id="v", bad_rows=3)
    lines = [json.dumps({"row": row, "field": "f", "reason": "r", "value": "v"}) for row in range(3)]
    flights.lake.put("datasets/flights/quarantine/aa.jsonl", "\n".join(lines).encode())
    found = keepfit("quarantine", "flights", "--limit", "2", "--json").json
    assert [one["row"] for one in found["bad_rows"]] == [0, 1]


def _keep_problems(flights: DatasetStores, rows: int, fields: int = 1) -> None:
    history.take_file(flights, "aa", version_id="v", bad_rows=rows)
    lines = [
        json.dumps({"row": row, "field": f"f{field}", "reason": "r", "value": "v"})
        for row in range(rows)
        for field in range(fields)
    ]
    flights.lake.put("datasets/flights/quarantine/aa.jsonl", "\n".join(lines).encode())


def test_a_quarantine_that_shows_a_part_says_of_how_many_and_how_to_see_all(
    keepfit: Keepfit, flights: DatasetStores
) -> None:
    _keep_problems(flights, 30, fields=2)
    for number in range(25):
        history.refuse_file(flights, "no rows", version_id=f"{number}", key=f"flights/{number}.csv")
    answer = keepfit("quarantine", "flights")
    assert "20 of 25 refused files" in answer.stderr
    assert "10 of 30 bad rows" in answer.stderr
    command, following = (
        next(line.partition("keepfit ")[2] for line in answer.stderr.splitlines() if option in line)
        for option in ("--all", "--page")
    )
    assert following == "quarantine flights --page 2"
    assert len(keepfit(*following.split(), "--json").json["refused"]) == 5
    found = keepfit(*command.split(), "--json").json
    assert found["complete"]
    assert (len(found["refused"]), len(found["bad_rows"])) == (25, 60)
    found = keepfit("quarantine", "flights", "--json").json
    assert (found["complete"], found["refused_in_all"], found["bad_rows_in_all"]) == (False, 25, 30)


def test_a_quarantine_that_shows_all_says_nothing_of_parts(keepfit: Keepfit, flights: DatasetStores) -> None:
    _keep_problems(flights, 20)
    answer = keepfit("quarantine", "flights")
    assert "page" not in answer.stderr
    assert keepfit("quarantine", "flights", "--json").json["complete"]


def test_bad_rows_that_are_kept_no_more_are_counted_all_the_same(
    keepfit: Keepfit, flights: DatasetStores
) -> None:
    history.take_file(flights, "aa", version_id="v", bad_rows=3)
    answer = keepfit("quarantine", "flights")
    assert answer.exit_code == 0
    assert "0 of 3 bad rows" in answer.stderr


def test_one_upload_is_looked_at_by_its_id_page_by_page(keepfit: Keepfit, flights: DatasetStores) -> None:
    _keep_problems(flights, 5)
    answer = keepfit("quarantine", "flights", "jan.csv", "--page", "2", "--limit", "2", "--json")
    assert [problem["row"] for problem in answer.json["bad_rows"]] == [2, 3]
    assert (answer.json["upload"], answer.json["more"]) == ("flights/jan.csv", True)
    told = keepfit("quarantine", "flights", "jan.csv", "--page", "2", "--limit", "2").stderr
    assert "keepfit quarantine flights jan.csv --page 3 --limit 2" in told
    assert keepfit("quarantine", "flights", "feb.csv").exit_code == 3


@pytest.mark.parametrize(("word", "action"), [("release", "again"), ("discard", "discard")])
def test_a_person_decides_on_an_upload_that_waits(
    keepfit: Keepfit, flights: DatasetStores, invoked: Invoked, word: str, action: str
) -> None:
    history.refuse_file(flights, "stands out", version_id="w", key="flights/feb.csv", held=True)
    assert "waits: keepfit quarantine release" in keepfit("quarantine", "flights").stdout
    taken = {"outcome": "taken", "key": "flights/feb.csv", "dataset": "flights", "version": 2, "rows": 102}
    invoked.answers["ingest"] = {**taken, "bad_rows": 0, "reason": None}
    asked = keepfit("quarantine", word, "flights", "feb.csv", "--why", "a new carrier")
    [(_, order)] = invoked.calls
    assert asked.exit_code == 0
    assert order.pop("who")
    assert order == {
        "action": action,
        "dataset": "flights",
        "key": "flights/feb.csv",
        "version_id": "w",
        "why": "a new carrier",
    }


def test_a_decision_needs_a_reason(keepfit: Keepfit, flights: DatasetStores) -> None:
    history.refuse_file(flights, "stands out", version_id="w", held=True)
    assert keepfit("quarantine", "release", "flights", "jan.csv").exit_code == 2


def test_what_was_discarded_says_by_whom_and_why(keepfit: Keepfit, flights: DatasetStores) -> None:
    history.refuse_file(flights, "stands out", version_id="w", held=True)
    upload = Upload(bucket="intake", key="flights/jan.csv", version_id="w")
    decision = Discarded(who="ada", why="a test file", at="2013-01-02T00:00:00.000000Z")
    flights.records.discard("flights", upload, history.AT, decision)
    [file] = keepfit("quarantine", "flights", "--json").json["refused"]
    assert (file["held"], file["discarded"]["why"]) == (True, "a test file")
    assert "discarded by ada" in keepfit("quarantine", "flights").stdout
