from __future__ import annotations

import msgspec

from keepfit.adapters.aws.dynamodb_items import ModelItems
from keepfit.adapters.aws.dynamodb_ledger import DynamoLedger
from keepfit.views.stores import ModelStores
from tests.unit.cli.conftest import Keepfit
from tests.unit.views.support import history


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
