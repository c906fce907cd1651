from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from keepfit.errors import NotFound
from keepfit.monitoring.reports.report import report_key
from keepfit.views.drift import read_drift, with_verdict
from keepfit.views.stores import ModelStores
from tests.unit.views.support import history
from tests.unit.views.support.history import AT


def test_before_the_first_run_of_the_monitor_there_is_no_report(stores: ModelStores) -> None:
    assert read_drift(stores) is None


def test_a_report_has_its_verdict_beside_its_columns(stores: ModelStores) -> None:
    history.put_report(stores)
    found = read_drift(stores)
    assert found is not None
    assert (found.worst_drift, found.worst_input, found.drifted) == (0.6, "pressure", ["pressure"])
    assert found.drift is not None
    assert [column.column for column in found.drift.columns] == ["pressure", "[bold]dest"]


def test_the_last_report_is_shown_or_the_one_that_is_named(stores: ModelStores) -> None:
    first = history.put_report(stores, score=0.9)
    history.put_report(stores, score=0.7, ran_at=AT + timedelta(hours=1))
    last, named = read_drift(stores), read_drift(stores, report_key(first))
    assert last is not None
    assert named is not None
    assert (last.worst_drift, named.worst_drift) == (0.7, 0.9)


def test_a_report_that_is_not_there_is_an_error(stores: ModelStores) -> None:
    with pytest.raises(NotFound):
        read_drift(stores, "nope")


def test_where_nothing_was_compared_there_is_no_worst_input(stores: ModelStores) -> None:
    report = msgspec.structs.replace(history.put_report(stores), drift=None, nothing_compared="too few rows")
    said = with_verdict(report)
    assert (said.worst_drift, said.worst_input, said.drifted) == (None, None, [])
