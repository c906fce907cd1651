from __future__ import annotations

import pytest

from cli.commands import run_requests
from cli.places.deployment import Deployment
from keepfit.training.runs.triggers import read_trigger
from keepfit.views.stores import ModelStores
from tests.unit.cli.conftest import Keepfit
from tests.unit.cli.support.standin import States
from tests.unit.views.support import history


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_requests, "_POLL_S", 0.0)
    monkeypatch.setattr(run_requests, "_ADMISSION_TIMEOUT_S", 0.0)


def test_a_release_is_asked_for_as_admission_reads_it(
    keepfit: Keepfit, deployment: Deployment, stores: ModelStores, states: States, impatient: None
) -> None:
    history.two_releases(stores)
    keepfit("release", "delay", "1", "--why", "new layers")
    [started] = states.started
    trigger = read_trigger(started["input"])
    assert (trigger.kind, trigger.release) == ("person", 1)
    assert (trigger.detail["why"], trigger.detail["by"]) == ("new layers", deployment.caller)


def test_by_itself_what_serves_is_released_again(
    keepfit: Keepfit, stores: ModelStores, states: States, impatient: None
) -> None:
    history.two_releases(stores)
    history.put_run(stores)
    states.ends = [{"status": "SUCCEEDED", "output": '{"admission": {"admitted": true}}'}]
    answer = keepfit("release", "delay", "--wait", "--json")
    assert (answer.exit_code, answer.json["outcome"]) == (0, "released")
    assert read_trigger(states.started[0]["input"]).release == 2


@pytest.mark.parametrize("words", [["delay"], ["delay", "3"]], ids=" ".join)
def test_what_is_not_there_is_not_released(
    words: list[str], keepfit: Keepfit, stores: ModelStores, states: States
) -> None:
    if len(words) > 1:
        history.two_releases(stores)
    assert keepfit("release", *words).exit_code == 3
    assert states.started == []
