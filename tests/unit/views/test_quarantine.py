from __future__ import annotations

import json

import msgspec
import pytest

from keepfit.features.datasets.contract_results import ContractResult
from keepfit.features.datasets.manifest import Upload
from keepfit.features.datasets.records import Refusal
from keepfit.features.ingest.report import Report
from keepfit.layout import DatasetScope
from keepfit.views.quarantine import Page, read_quarantine, read_report
from keepfit.views.stores import DatasetStores
from tests.unit.views.support import history

REPORT = Report(
    rows=3, bad_rows=3, columns=[], ignored_columns=[], flaws=[], suggestions=[], refused="3 of 3"
)


def keep_problems(flights: DatasetStores, rows: int, fields: int = 1) -> None:
    history.take_file(flights, "aa", version_id="v", bad_rows=rows)
    problems = [
        {"row": row, "field": f"f{field}", "reason": "r", "value": "v"}
        for row in range(rows)
        for field in range(fields)
    ]
    lines = "\n".join(map(json.dumps, problems))
    flights.lake.put(DatasetScope("flights").quarantined("aa"), lines.encode())


def test_a_dataset_that_took_everything_has_an_empty_quarantine(flights: DatasetStores) -> None:
    found = read_quarantine(flights, Page(size=20))
    assert (found.refused, found.bad_rows, found.complete) == ([], [], True)


def test_refused_files_and_bad_rows_come_with_their_reasons(flights: DatasetStores) -> None:
    keep_problems(flights, 1)
    history.refuse_file(flights, "no rows", version_id="w", key="flights/empty.csv")
    found = read_quarantine(flights, Page(size=20))
    assert [refusal.reason for refusal in found.refused] == ["no rows"]
    assert found.bad_rows == [
        {"file": "flights/jan.csv", "row": 0, "field": "f0", "reason": "r", "value": "v"}
    ]
    assert found.complete


@pytest.mark.parametrize(("limit", "complete"), [(1, False), (5, False), (6, True), (None, True)])
def test_it_is_complete_where_every_problem_is_there(
    flights: DatasetStores, limit: int | None, complete: bool
) -> None:
    keep_problems(flights, 3, fields=2)
    found = read_quarantine(flights, Page(size=limit))
    assert (found.complete, len(found.bad_rows)) == (complete, limit or 6)
    assert found.bad_rows_in_all == 3


def test_contracts_that_were_not_kept_are_told_with_their_files(flights: DatasetStores) -> None:
    warned = ContractResult(
        contract="size", rule="row_count", severity="warn", outcome="broken", reason="it has 3 rows"
    )
    refused = msgspec.structs.replace(warned, severity="refuse", contract="fresh")
    history.take_file(flights, "aa", version_id="v", contracts=[warned])
    history.refuse_file(
        flights, "breaks the contract fresh", version_id="w", key="flights/b.csv", contracts=[refused]
    )
    found = read_quarantine(flights, Page(size=20))
    assert [(one.file, one.taken, one.result) for one in found.contracts] == [
        ("flights/jan.csv", True, warned),
        ("flights/b.csv", False, refused),
    ]
    upload = Upload(bucket="intake", key="flights/jan.csv", version_id="v")
    assert [one.result.contract for one in read_quarantine(flights, Page(size=20), upload).contracts] == [
        "size"
    ]


def test_rows_are_counted_and_not_their_problems(flights: DatasetStores) -> None:
    keep_problems(flights, 3, fields=2)
    assert read_quarantine(flights, Page(size=4)).rows_shown == 2


def test_bad_rows_that_are_kept_no_more_are_counted_all_the_same(flights: DatasetStores) -> None:
    history.take_file(flights, "aa", version_id="v", bad_rows=3)
    found = read_quarantine(flights, Page())
    assert (found.bad_rows, found.bad_rows_in_all, found.complete) == ([], 3, False)


def test_of_many_refused_files_as_many_are_read_as_asked_for(flights: DatasetStores) -> None:
    for number in range(5):
        history.refuse_file(flights, "no rows", version_id=f"{number}", key=f"flights/{number}.csv")
    found = read_quarantine(flights, Page(size=3))
    assert (len(found.refused), found.refused_in_all, found.complete) == (3, 5, False)


def test_pages_follow_each_other_to_the_last_problem_and_the_last_file(flights: DatasetStores) -> None:
    keep_problems(flights, 3, fields=2)
    for number in range(3):
        history.refuse_file(flights, "no rows", version_id=f"{number}", key=f"flights/{number}.csv")
    pages = [read_quarantine(flights, Page(number=number, size=4)) for number in (1, 2, 3)]
    assert [[problem["row"] for problem in page.bad_rows] for page in pages] == [[0, 0, 1, 1], [2, 2], []]
    assert [len(page.refused) for page in pages] == [3, 0, 0]
    assert [page.more for page in pages] == [True, False, False]
    assert not any(page.complete for page in pages)


def named(key: str, version_id: str) -> Upload:
    return Upload(bucket="intake", key=key, version_id=version_id)


def test_one_upload_has_its_own_rows_alone_withdrawn_or_not(flights: DatasetStores) -> None:
    keep_problems(flights, 3)
    jan = named("flights/jan.csv", "v")
    found = read_quarantine(flights, Page(size=2), jan)
    assert (found.upload, found.bad_rows_in_all, found.more) == ("flights/jan.csv", 3, True)
    history.withdraw_first(flights, flights.manifests.manifest("flights", 1))
    assert read_quarantine(flights, Page()).bad_rows_in_all == 0
    assert len(read_quarantine(flights, Page(), jan).bad_rows) == 3


def test_a_file_that_was_refused_for_its_bad_rows_has_them_too(flights: DatasetStores) -> None:
    keep_problems(flights, 1)
    problem = {"row": 2, "field": "f", "reason": "r", "value": "v"}
    flights.lake.put("q", json.dumps(problem).encode())
    feb = named("flights/feb.csv", "w")
    flights.lake.put("r", msgspec.json.encode(REPORT))
    refusal = Refusal(
        at=history.AT, reason="3 of 3", source=feb, rows=3, bad_rows=3, quarantine="q", report="r"
    )
    flights.records.refuse("flights", refusal)
    found = read_quarantine(flights, Page(), feb)
    assert found.bad_rows == [{"file": "flights/feb.csv", **problem}]
    assert [each.reason for each in found.refused] == ["3 of 3"]
    assert (found.report, read_quarantine(flights, Page()).report) == (REPORT, None)
    assert read_report(flights, "one that has expired") is None


def test_a_refused_file_that_was_taken_since_says_in_which_version(flights: DatasetStores) -> None:
    history.refuse_file(flights, "too many bad rows", version_id="v")
    history.refuse_file(flights, "no rows", version_id="w")
    history.take_file(flights, "aa", version_id="v")
    versions = {each.source.version_id: each.version for each in read_quarantine(flights, Page()).refused}
    assert versions == {"v": 1, "w": None}
