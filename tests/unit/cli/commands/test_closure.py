"""What was done about drift, and whether it helped, beside reports on drift and performance."""

from __future__ import annotations

from datetime import timedelta

import msgspec

from keepfit.monitoring.prediction_log.progress import Progress
from keepfit.views.stores import ModelStores
from tests.unit.cli.commands.test_performance import _report, _version
from tests.unit.cli.conftest import Invoked, Keepfit
from tests.unit.views.support import history

GAIN = "roc_auc +0.0125 (+0.0040 to +0.0210) beside version 1 on 1,234 outcomes"


def words(text: str) -> str:
    """The text without the lines of tables."""
    return " ".join(text.replace("│", " ").split())


def test_drift_and_performance_tell_the_last_answer_to_an_alarm_and_what_it_gained(
    keepfit: Keepfit, stores: ModelStores, invoked: Invoked
) -> None:
    invoked.answers["monitor"] = msgspec.to_builtins(_report(_version(2)))
    history.two_releases(stores)
    history.put_report(stores)
    alarm = history.trigger("alarm", alarm="keepfit-delay-drift")
    history.put_run(stores, trigger=alarm)
    history.put_gain(stores)
    for command in ("drift", "performance"):
        closure = keepfit(command, "delay", "--json").json["closure"]
        assert [each["version"] for each in closure["gains"]] == [2]
        answer = closure["response"]
        assert (answer["cause"], answer["run_id"], answer["outcome"]) == ("drift", history.RUN_ID, "released")
        told = words(keepfit(command, "delay").stdout)
        assert f"{GAIN}; retrained by drift" in told
        assert f"run {history.RUN_ID}, released" in told


def test_an_alarm_that_started_no_training_is_told_with_the_reason(
    keepfit: Keepfit, stores: ModelStores
) -> None:
    history.put_report(stores)
    alarm = history.trigger("alarm", alarm="keepfit-delay-drift")
    history.put_run(stores, trigger=alarm)
    history.put_suppression(
        stores, trigger=alarm, reason="nothing new", at=history.AT + timedelta(hours=1), run_id="later"
    )
    history.put_suppression(stores, reason="not about drift", at=history.AT + timedelta(hours=2), run_id="x")
    response = keepfit("drift", "delay", "--json").json["closure"]["response"]
    assert (response["run_id"], response["reason"]) == (None, "nothing new")
    assert "no training: nothing new" in words(keepfit("drift", "delay").stdout)


def test_why_a_gain_cannot_be_measured_is_told(keepfit: Keepfit, stores: ModelStores) -> None:
    history.put_report(stores)
    stores.progress.merge(Progress(gain_of=2, gain_note="the log does not hold age, which version 1 reads"))
    assert "gain not measured" in keepfit("drift", "delay").stdout
    stores.progress.merge(Progress(gain_of=3))
    assert keepfit("drift", "delay", "--json").json["closure"]["not_measured"] is None


def test_status_tells_what_the_champion_gained_and_the_ledger_holds_it(
    keepfit: Keepfit, stores: ModelStores
) -> None:
    history.two_releases(stores)
    [before] = keepfit("status", "--json").json["models"]
    assert before["gain"] is None
    history.put_gain(stores)
    [model] = keepfit("status", "--json").json["models"]
    assert (model["gain"]["gain"], model["champion"]) == (0.0125, 2)
    assert model["champion_since"] == before["champion_since"], "a gain is no promotion"
    assert f"delay, version 2: {GAIN}" in words(keepfit("status").stderr)
    ledger = keepfit("ledger", "delay", "--json").json
    assert ledger["intact"]
    assert ledger["entries"][-1]["gain"]["rows"] == 1234


def test_an_incident_about_no_gain_stands_beside_the_drift(keepfit: Keepfit, stores: ModelStores) -> None:
    history.put_report(stores)
    history.put_incident(stores, kind="no gain", cause="drift", reason="3 retrainings in a row did worse")
    told = words(keepfit("drift", "delay").stdout)
    assert "incident: no gain" in told
    assert "3 retrainings in a row did worse" in told
