from __future__ import annotations

from pathlib import Path

import pytest

from cli.places.deployment import Deployment
from keepfit.monitoring.estimation.estimate import Estimate, EstimatedPerformance
from keepfit.monitoring.reports.report import report_key
from keepfit.views.stores import ModelStores
from tests.unit.cli.conftest import Invoked, Keepfit
from tests.unit.views.support import history


def test_the_newest_report_is_shown_with_its_verdict(keepfit: Keepfit, stores: ModelStores) -> None:
    history.put_report(stores)
    found = keepfit("drift", "delay", "--json").json
    assert (found["worst_drift"], found["worst_input"], found["drifted"]) == (0.6, "pressure", ["pressure"])
    assert [column["column"] for column in found["drift"]["columns"]] == ["pressure", "[bold]dest"]
    assert found["window"] == ["2013-01-30T12:00:00.000000Z", "2013-03-01T12:00:00.000000Z"]


def test_names_of_columns_are_never_read_as_markup(keepfit: Keepfit, stores: ModelStores) -> None:
    history.put_report(stores)
    assert "[bold]dest" in keepfit("drift", "delay").stdout


def test_the_threshold_is_told_with_its_reason(keepfit: Keepfit, stores: ModelStores) -> None:
    history.put_report(stores)
    assert "drift_threshold = 0.5, for psi" in keepfit("drift", "delay").stdout


def test_what_is_estimated_of_the_champion_stands_beside_what_was_judged(
    keepfit: Keepfit, stores: ModelStores
) -> None:
    found = Estimate(value=0.75, interval=(0.7, 0.8))
    estimated = EstimatedPerformance(metric="roc_auc", rows=400, estimate=found, judged=0.8125)
    history.put_report(stores, estimated=estimated)
    shown = " ".join(keepfit("drift", "delay").stdout.split())
    assert "estimated roc_auc 0.7500 (0.7000 to 0.8000); 0.8125 when judged" in shown
    assert keepfit("drift", "delay", "--json").json["estimated"]["estimate"]["interval"] == [0.7, 0.8]


def test_before_the_first_run_it_says_how_to_make_one(keepfit: Keepfit, deployment: Deployment) -> None:
    answer = keepfit("drift", "delay")
    assert answer.exit_code == 3
    assert "keepfit drift delay --run" in answer.stderr


def test_running_the_monitor_shows_the_report_that_it_made(
    keepfit: Keepfit, stores: ModelStores, invoked: Invoked
) -> None:
    older = history.put_report(stores, score=0.9)
    invoked.answers["monitor"] = {"report": report_key(older)}
    assert keepfit("drift", "delay", "--run", "--json").json["worst_drift"] == 0.9
    assert invoked.calls == [("monitor", {})]


def test_a_window_is_asked_for_by_event_time(keepfit: Keepfit, stores: ModelStores, invoked: Invoked) -> None:
    invoked.answers["monitor"] = {"report": report_key(history.put_report(stores))}
    keepfit("drift", "delay", "--window", "2013-02-01", "2013-03-01T06:00:00Z")
    assert invoked.calls == [("monitor", {"window": ["2013-02-01", "2013-03-01T06:00:00Z"]})]


@pytest.mark.parametrize("window", [("2013-03-01", "2013-02-01"), ("yesterday", "today")])
def test_a_window_that_is_none_never_reaches_the_monitor(
    keepfit: Keepfit, deployment: Deployment, invoked: Invoked, window: tuple[str, str]
) -> None:
    assert keepfit("drift", "delay", "--window", *window).exit_code == 2
    assert invoked.calls == []


def test_the_report_can_be_kept_as_a_page(keepfit: Keepfit, stores: ModelStores, tmp_path: Path) -> None:
    history.put_report(stores)
    page = tmp_path / "drift.html"
    assert str(page) in keepfit("drift", "delay", "--html", str(page)).stderr
    assert "pressure" in page.read_text(encoding="utf-8")
