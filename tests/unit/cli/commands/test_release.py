from __future__ import annotations

import msgspec
import pytest

from cli.commands import run_requests
from cli.exits import CommandError, Exit
from cli.places.deployment import Site
from keepfit.adapters.aws.dynamodb_items import ModelItems
from keepfit.adapters.aws.dynamodb_ledger import DynamoLedger
from keepfit.training.runs.triggers import read_trigger
from keepfit.views.stores import ModelStores
from tests.unit.cli.conftest import Invoked, Keepfit
from tests.unit.cli.support.standin import States
from tests.unit.views.support import history


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_requests, "_LOOK_EVERY_S", 0.0)
    monkeypatch.setattr(run_requests, "_ADMISSION_S", 0.0)


def test_the_ledger_shows_every_move_and_that_the_chain_is_whole(
    keepfit: Keepfit, stores: ModelStores
) -> None:
    history.two_releases(stores)
    answer = keepfit("ledger", "delay", "--json")
    assert answer.exit_code == 0
    assert (answer.json["intact"], answer.json["broken"]) == (True, None)
    assert [(entry["seq"], entry["version"]) for entry in answer.json["entries"]] == [(1, 1), (2, 2)]


def test_an_entry_that_was_changed_is_found_and_still_shown(keepfit: Keepfit, stores: ModelStores) -> None:
    history.two_releases(stores)
    [first, _] = stores.ledger.entries()
    forged = msgspec.structs.replace(first, why="nobody will notice")
    ModelItems(table="registry", model="delay", kind="ledger").put("stack#0000000001", forged)
    answer = keepfit("ledger", "delay", "--json")
    assert answer.exit_code == 1
    assert not answer.json["intact"]
    assert "entry 1" in answer.json["broken"]
    assert len(answer.json["entries"]) == 2
    assert "entry 1" in keepfit("ledger", "delay").stderr


def test_the_ledger_of_a_stack_that_was_destroyed_is_still_shown(
    keepfit: Keepfit, stores: ModelStores
) -> None:
    history.two_releases(stores)
    former = DynamoLedger(items=ModelItems(table="registry", model="delay", kind="ledger"), stack="former")
    for entry in stores.ledger.entries():
        former.append(entry)
    answer = keepfit("ledger", "delay", "--json")
    assert len(answer.json["entries"]) == 2
    assert [[entry["version"] for entry in chain] for chain in answer.json["former_stacks"]] == [[1, 2]]
    assert "a stack of delay that was destroyed" in " ".join(keepfit("ledger", "delay").stdout.split())


def test_the_ledger_shows_which_packages_were_pruned(keepfit: Keepfit, stores: ModelStores) -> None:
    history.two_releases(stores)
    assert "package" not in keepfit("ledger", "delay").stdout
    assert keepfit("ledger", "delay", "--json").json["pruned"] == {}
    stores.versions.mark_pruned("2", history.AT)
    assert list(keepfit("ledger", "delay", "--json").json["pruned"]) == ["2"]
    assert keepfit("ledger", "delay").stdout.count("pruned 2013-03-01") == 1


def test_a_release_is_asked_for_as_admission_reads_it(
    keepfit: Keepfit, site: Site, stores: ModelStores, states: States, impatient: None
) -> None:
    history.two_releases(stores)
    keepfit("release", "delay", "1", "--why", "new layers")
    [started] = states.started
    trigger = read_trigger(started["input"])
    assert (trigger.kind, trigger.release) == ("person", 1)
    assert (trigger.detail["why"], trigger.detail["by"]) == ("new layers", site.caller)


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


MOVED = {"moved": True, "baking": False, "version": 1, "lambda_version": "2", "started_at": "…"}


def test_rolling_back_asks_the_one_function_that_may_move_the_alias(
    keepfit: Keepfit, site: Site, invoked: Invoked
) -> None:
    invoked.answers["move-alias"] = MOVED
    answer = keepfit("rollback", "delay", "--why", "complaints", "--json")
    [(function, event)] = invoked.calls
    assert function == "move-alias"
    assert event == {"action": "restore previous", "who": site.caller, "why": "complaints"}
    assert answer.json == {"model": "delay", **MOVED}


def test_a_version_can_be_named_to_go_back_to(keepfit: Keepfit, site: Site, invoked: Invoked) -> None:
    invoked.answers["move-alias"] = {**MOVED, "moved": False}
    answer = keepfit("rollback", "delay", "--to", "1", "--why", "it was better")
    assert invoked.calls[0][1] == {
        "action": "restore",
        "version": 1,
        "who": site.caller,
        "why": "it was better",
    }
    assert "Version 1 of delay serves already." in answer.stdout


def test_a_canary_that_was_ended_is_told(keepfit: Keepfit, site: Site, invoked: Invoked) -> None:
    invoked.answers["move-alias"] = {**MOVED, "ended_canary": 2}
    answer = keepfit("rollback", "delay", "--why", "complaints")
    assert "The canary of version 2 of delay is over: version 1 answers every request again" in answer.stdout


def test_a_reason_is_required(keepfit: Keepfit, site: Site, invoked: Invoked) -> None:
    assert keepfit("rollback", "delay").exit_code == Exit.USAGE
    assert invoked.calls == []


def test_a_refusal_of_the_function_is_the_commands(keepfit: Keepfit, site: Site, invoked: Invoked) -> None:
    invoked.answers["move-alias"] = CommandError(
        "NotFound: nothing to go back to", Exit.NOT_FOUND, "NotFound"
    )
    assert keepfit("rollback", "delay", "--why", "x").exit_code == 3


@pytest.mark.parametrize("version", ["0", "-1", "two"])
def test_a_version_is_a_number_from_one_on(
    keepfit: Keepfit, site: Site, invoked: Invoked, version: str
) -> None:
    assert keepfit("rollback", "delay", "--to", version, "--why", "x").exit_code == Exit.USAGE
