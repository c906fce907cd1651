from __future__ import annotations

import pytest

from cli.exits import CommandError, Exit
from cli.places.deployment import Deployment
from tests.unit.cli.conftest import Invoked, Keepfit

MOVED = {"moved": True, "baking": False, "version": 1, "lambda_version": "2", "started_at": "…"}


def test_rolling_back_asks_the_one_function_that_may_move_the_alias(
    keepfit: Keepfit, deployment: Deployment, invoked: Invoked
) -> None:
    invoked.answers["move-alias"] = MOVED
    answer = keepfit("rollback", "delay", "--why", "complaints", "--json")
    [(function, event)] = invoked.calls
    assert function == "move-alias"
    assert event == {"action": "restore previous", "who": deployment.caller, "why": "complaints"}
    assert answer.json == {"model": "delay", **MOVED}


def test_a_version_can_be_named_to_go_back_to(
    keepfit: Keepfit, deployment: Deployment, invoked: Invoked
) -> None:
    invoked.answers["move-alias"] = {**MOVED, "moved": False}
    answer = keepfit("rollback", "delay", "--to", "1", "--why", "it was better")
    assert invoked.calls[0][1] == {
        "action": "restore",
        "version": 1,
        "who": deployment.caller,
        "why": "it was better",
    }
    assert "Version 1 of delay serves already." in answer.stdout


def test_a_canary_that_was_ended_is_told(keepfit: Keepfit, deployment: Deployment, invoked: Invoked) -> None:
    invoked.answers["move-alias"] = {**MOVED, "ended_canary": 2}
    answer = keepfit("rollback", "delay", "--why", "complaints")
    assert "The canary of version 2 of delay is over: version 1 answers every request again" in answer.stdout


def test_a_reason_is_required(keepfit: Keepfit, deployment: Deployment, invoked: Invoked) -> None:
    assert keepfit("rollback", "delay").exit_code == Exit.USAGE
    assert invoked.calls == []


def test_a_refusal_of_the_function_is_the_commands(
    keepfit: Keepfit, deployment: Deployment, invoked: Invoked
) -> None:
    invoked.answers["move-alias"] = CommandError(
        "NotFound: nothing to go back to", Exit.NOT_FOUND, "NotFound"
    )
    assert keepfit("rollback", "delay", "--why", "x").exit_code == 3


@pytest.mark.parametrize("version", ["0", "-1", "two"])
def test_a_version_is_a_number_from_one_on(
    keepfit: Keepfit, deployment: Deployment, invoked: Invoked, version: str
) -> None:
    assert keepfit("rollback", "delay", "--to", version, "--why", "x").exit_code == Exit.USAGE


def test_a_version_that_never_served_alone_has_to_be_forced(
    keepfit: Keepfit, deployment: Deployment, invoked: Invoked
) -> None:
    invoked.answers["move-alias"] = CommandError(
        "InvalidRequest: version 3 never answered every request", Exit.REFUSED, "InvalidRequest"
    )
    refused = keepfit("rollback", "delay", "--to", "3", "--why", "x")
    assert refused.exit_code == Exit.REFUSED
    invoked.answers["move-alias"] = {**MOVED, "version": 3}
    assert keepfit("rollback", "delay", "--to", "3", "--why", "x", "--force").exit_code == Exit.OK
    assert [call[1].get("force") for call in invoked.calls] == [None, True]


def test_force_needs_a_version(keepfit: Keepfit, deployment: Deployment, invoked: Invoked) -> None:
    assert keepfit("rollback", "delay", "--why", "x", "--force").exit_code == Exit.USAGE
    assert invoked.calls == []
