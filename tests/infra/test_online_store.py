"""The online store, where a view is online: who may read and write it, and what it costs models without one."""

from __future__ import annotations

from pathlib import Path

import pytest

from planning.templates import Json, Template, actions
from tests.infra.access.comparison import complaints
from tests.infra.access.roles import Assembly
from tests.infra.conftest import synthesized
from tests.infra.many import FEW


@pytest.fixture(scope="module")
def stacks(assembly: Path, session_folder: Path) -> dict[str, Template]:
    """A platform with online views, and models that look one of two up each."""
    assert assembly.is_dir()  # so that layers are built
    return {template.name: template for template in synthesized(FEW, session_folder)}


@pytest.fixture
def online_platform(stacks: dict[str, Template]) -> Template:
    return stacks["keepfit-platform"]


def statements_on(template: Template, logical_id: str) -> list[tuple[str, Json]]:
    return [
        (owner, statement)
        for owner, statement in template.statements()
        if logical_id in str(statement["Resource"])
    ]


def test_entities_are_paid_per_request_expire_and_can_be_restored(online_platform: Template) -> None:
    tables = online_platform.of("AWS::DynamoDB::Table")
    ((_, table),) = [item for item in tables.items() if item[0].startswith("OnlineEntities")]
    properties = table["Properties"]
    assert properties["BillingMode"] == "PAY_PER_REQUEST"
    assert properties["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}
    assert properties["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] is True


def test_a_predict_function_may_only_get_items_of_the_views_that_its_model_looks_up(
    stacks: dict[str, Template],
) -> None:
    models = [template for name, template in stacks.items() if "-model-" in name]
    assert len(models) == FEW
    looked_up = set()
    for template in models:
        [(owner, statement)] = statements_on(template, "OnlineTable")
        assert owner.startswith("ServingPredict")
        assert actions(statement) == ["dynamodb:BatchGetItem"]
        [keys] = statement["Condition"]["ForAllValues:StringLike"].values()
        [key] = keys
        assert key.startswith("view_")
        assert key.endswith("#*")
        looked_up.add(key)
    assert len(looked_up) == FEW


def test_writers_read_and_put_entities_and_delete_none(online_platform: Template) -> None:
    on_entities = statements_on(online_platform, "OnlineEntities")
    assert {owner.partition("Role")[0] for owner, _ in on_entities} == {
        "OnlineMaterializeFeatures",
        "OnlineWriteFeatures",
    }
    allowed = {action for _, statement in on_entities for action in actions(statement)}
    assert allowed == {"dynamodb:BatchGetItem", "dynamodb:PutItem"}


def test_rows_are_written_by_a_route_with_tokens_into_a_folder_of_their_own(
    online_platform: Template,
) -> None:
    [(_, route)] = [
        item
        for item in online_platform.of("AWS::ApiGatewayV2::Route").items()
        if "OnlineWriteRoute" in item[0]
    ]
    assert route["Properties"]["RouteKey"] == "POST /features/{view}"
    assert route["Properties"]["AuthorizationType"] == "JWT"
    groups = online_platform.properties("AWS::Cognito::UserPoolGroup")
    assert {group["GroupName"] for group in groups} == {"feature-writers", "outcome-writers"}
    written = [
        str(statement["Resource"])
        for owner, statement in online_platform.statements()
        if owner.startswith("OnlineWriteFeatures") and "s3:PutObject" in actions(statement)
    ]
    assert len(written) == 1
    assert "/*/live/*" in written[0]


def test_one_rule_serves_all_views(online_platform: Template) -> None:
    rules = online_platform.of("AWS::Events::Rule")
    [rule] = [item["Properties"] for name, item in rules.items() if name.startswith("Online")]
    assert rule["EventPattern"] == {
        "source": ["keepfit"],
        "detail-type": ["Dataset Updated", "Features Behind"],
    }
    [target] = rule["Targets"]
    assert target["DeadLetterConfig"]
    assert target["RetryPolicy"]["MaximumRetryAttempts"] == 2


def test_every_call_has_a_grant_and_every_grant_a_call(stacks: dict[str, Template]) -> None:
    assert complaints(Assembly(stacks).roles()) == []


def test_without_a_lookup_a_predict_function_knows_of_no_store(stacks: dict[str, Template]) -> None:
    with_lookup = [template for name, template in stacks.items() if "-model-" in name]
    for template in with_lookup:
        variables = template.functions()["predict_unreleased"]["Properties"]["Environment"]["Variables"]
        others = [
            function["Properties"]["Environment"]["Variables"]
            for name, function in template.functions().items()
            if name != "predict_unreleased"
        ]
        assert "KEEPFIT_ONLINE_TABLE" in variables
        assert not any("KEEPFIT_ONLINE_TABLE" in other for other in others)
