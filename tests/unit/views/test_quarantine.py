from __future__ import annotations

import json

import pytest

from keepfit.layout import DatasetScope
from keepfit.views.quarantine import read_quarantine
from keepfit.views.stores import DatasetStores
from tests.unit.views.support import history


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
    found = read_quarantine(flights, 20)
    assert (found.refused, found.bad_rows, found.complete) == ([], [], True)


def test_refused_files_and_bad_rows_come_with_their_reasons(flights: DatasetStores) -> None:
    keep_problems(flights, 1)
    history.refuse_file(flights, "no rows", version_id="w", key="flights/empty.csv")
    found = read_quarantine(flights, 20)
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
    found = read_quarantine(flights, limit)
    assert (found.complete, len(found.bad_rows)) == (complete, limit or 6)
    assert found.bad_rows_in_all == 3


def test_rows_are_counted_and_not_their_problems(flights: DatasetStores) -> None:
    keep_problems(flights, 3, fields=2)
    assert read_quarantine(flights, 4).rows_shown == 2


def test_bad_rows_that_are_kept_no_more_are_counted_all_the_same(flights: DatasetStores) -> None:
    history.take_file(flights, "aa", version_id="v", bad_rows=3)
    found = read_quarantine(flights)
    assert (found.bad_rows, found.bad_rows_in_all, found.complete) == ([], 3, False)


def test_of_many_refused_files_as_many_are_read_as_asked_for(flights: DatasetStores) -> None:
    for number in range(5):
        history.refuse_file(flights, "no rows", version_id=f"{number}", key=f"flights/{number}.csv")
    found = read_quarantine(flights, 3)
    assert (len(found.refused), found.refused_in_all, found.complete) == (3, 5, False)
