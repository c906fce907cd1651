"""A release that is to be approved waits for a person after its tests, and before any client."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest

from infra.training.state_machine.closing_states import closing_states
from infra.training.state_machine.release_states import release_states
from infra.training.state_machine.state_parameters import StateFunctions
from keepfit.instants import Duration
from keepfit.serving.release_definition import ReleaseDefinition
from planning.templates import Json, Template
from tests.infra.access.comparison import complaints
from tests.infra.access.roles import Assembly
from tests.infra.snapshots import spark_model

FUNCTIONS = StateFunctions(
    **{name: cast("Any", SimpleNamespace(function_arn=name)) for name in StateFunctions.__slots__}
)
PERIOD = Duration.parse("2d")


def states(functions: StateFunctions = FUNCTIONS) -> Json:
    return release_states(functions, ReleaseDefinition(approval="required", approval_period=PERIOD))


def test_a_tested_release_asks_and_waits_no_longer_than_it_may() -> None:
    found = states()
    assert found["TestRelease"]["Next"] == "ToBeApproved?"
    assert found["ToBeApproved?"]["Default"] == "AskApproval"
    asked = found["AskApproval"]
    assert asked["Resource"].endswith(":states:::lambda:invoke.waitForTaskToken")
    assert asked["Parameters"]["FunctionName"] == "approve"
    assert asked["Parameters"]["Payload"]["task_token.$"] == "$$.Task.Token"
    assert (asked["TimeoutSeconds"], asked["Next"]) == (PERIOD.seconds, "Champion?")


def test_a_refusal_and_a_wait_that_was_too_long_leave_the_champion() -> None:
    found, closing = states(), closing_states(FUNCTIONS)
    caught = {error: each["Next"] for each in found["AskApproval"]["Catch"] for error in each["ErrorEquals"]}
    assert caught == {
        "ApprovalRefused": "Refused",
        "States.Timeout": "ExpireApproval",
        "States.ALL": "Abandon",
    }
    assert found["ExpireApproval"]["Next"] == "NotApproved"
    assert closing["Refused"]["Parameters"]["outcome"] == "refused by a person"
    assert closing["NotApproved"]["Parameters"]["outcome"] == "not approved in time"
    assert closing["Refused"]["Next"] == closing["NotApproved"]["Next"] == "Prune"


def test_a_package_that_serves_already_asks_nobody() -> None:
    first, same = states()["ToBeApproved?"]["Choices"]
    assert (first["IsNull"], first["Next"]) == (True, "AskApproval")
    assert (same["StringEqualsPath"], same["Next"]) == ("$.release.champion_lambda_version", "Champion?")


def test_a_model_whose_releases_wait_for_nobody_has_none_of_it() -> None:
    without = replace(FUNCTIONS, approve=None)
    found = {**states(without), **closing_states(without)}
    assert found["TestRelease"]["Next"] == "Champion?"
    assert not {"ToBeApproved?", "AskApproval", "ExpireApproval", "Refused", "NotApproved"} & {*found}


def test_an_execution_has_the_time_of_its_approval_too() -> None:
    without = ReleaseDefinition(approval_period=PERIOD)
    waits = ReleaseDefinition(approval="required", approval_period=PERIOD)
    assert waits.longest.seconds - without.longest.seconds == PERIOD.seconds


@pytest.fixture
def template(with_online_views: list[Template]) -> Template:
    return spark_model(with_online_views)


def test_who_decides_is_known_by_a_signature(template: Template) -> None:
    routes = [each["Properties"] for each in template.of("AWS::ApiGatewayV2::Route").values()]
    [route] = [each for each in routes if each["RouteKey"].endswith("/approvals")]
    assert route["AuthorizationType"] == "AWS_IAM"


def test_one_role_alone_lets_executions_go_on(every_online_stack: list[Template]) -> None:
    roles = Assembly({each.name: each for each in every_online_stack}).roles()
    can = {key: role for key, role in roles.items() if "states:SendTaskSuccess" in role.granted}
    assert [role.holders for role in can.values()] == [{"approve_release"}]
    assert complaints(can) == []
