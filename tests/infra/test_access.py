from __future__ import annotations

import json
from fnmatch import fnmatchcase

import pytest

from keepfit.events import (
    ALARM_STANDING,
    ALIAS_MOVED,
    CHAMPION_CHANGED,
    DATASET_UPDATED,
    FEATURES_BEHIND,
    GAIN_MEASURED,
    INCIDENT_CLOSED,
    INCIDENT_OPENED,
    NOTICE_GIVEN,
    RETRAINING_REQUESTED,
)
from planning.templates import Json, Template, actions, resources
from tests.infra.access.roles import Assembly

# IAM knows no resource for these (Service Authorization Reference).
UNSCOPABLE = {
    "cloudwatch:PutMetricData",
    "cloudwatch:GetMetricData",
    "ecr:GetAuthorizationToken",
    "logs:CreateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:DescribeLogGroups",
    "logs:DescribeResourcePolicies",
    "logs:GetLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:UpdateLogDelivery",
}

LOOKED_UP = ["origin_weather", "carrier_delays", "origin_delays", "dest_delays", "aircraft_delays"]


def test_no_role_may_do_whatever_begins_with_something(templates: list[Template]) -> None:
    for template in templates:
        wild = [
            (role, action)
            for role, said in template.statements()
            for action in actions(said)
            if "*" in action
        ]
        assert wild == []


def test_every_action_that_can_be_scoped_is_scoped(templates: list[Template]) -> None:
    for template in templates:
        for role, statement in template.statements():
            if "*" in resources(statement):
                assert set(actions(statement)) <= UNSCOPABLE, role


def test_metrics_are_sent_to_the_namespace_of_keepfit_alone(templates: list[Template]) -> None:
    sending = {
        role.split("Role")[0]: said["Condition"]
        for template in templates
        for role, said in template.statements()
        if "cloudwatch:PutMetricData" in actions(said)
    }
    assert len(sending) == 2, "the monitor, and what opens and closes incidents"
    assert all(said == {"StringEquals": {"cloudwatch:namespace": "keepfit"}} for said in sending.values())


def wildcards(template: Template) -> set[tuple[str, str]]:
    """Each key with an asterisk that a role may read or write, with the beginning of the role's logical id."""
    return {
        (role, key)
        for role, statement in template.statements()
        if any(action.startswith("s3:") and "Object" in action for action in actions(statement))
        for resource in resources(statement)
        if (key := resource["Fn::Join"][1][-1]).endswith("*")
    }


def test_object_wildcards_of_a_model_stay_below_its_own_prefixes_and_those_of_its_datasets(
    model: Template,
) -> None:
    for role, key in wildcards(model):
        assert any(
            owner in key for owner in ("flight_delay/", "flight_delay_outcomes/", "flights/", "weather/")
        ), (role, key)


def test_what_works_for_all_models_reaches_no_further_than_its_work(platform: Template) -> None:
    found = {(role.rstrip("0123456789ABCDEF"), key) for role, key in wildcards(platform)}
    assert found == {
        ("BatchesCloseBatchRole", "/batch/*"),
        ("BatchesPlanBatchRole", "/batch/*"),
        ("BatchesPlanBatchRole", "/batch-parts/*"),
        ("BatchesPlanBatchRole", "/models/*"),
        ("BatchesRole", "/batch/*"),
        ("BatchesScoreBatchPartRole", "/batch/*"),
        ("BatchesScoreBatchPartRole", "/batch-parts/*"),
        ("BatchesScoreBatchPartRole", "/models/*"),
        ("CatalogueRegisterTableRole", "/datasets/*/versions/*"),
        ("ForgettingForgetEntityRole", "/?*/*"),  # of the intake: any folder
        ("ForgettingForgetEntityRole", "/datasets/*"),
        ("ForgettingForgetEntityRole", "/datasets/*/parts/*"),
        ("ForgettingForgetEntityRole", "/prediction-log/*"),
        ("ForgettingForgetEntityRole", "/predictions/*"),
        ("ForgettingForgetEntityRole", "/runs/*/rows/*"),
        ("IngestIngestUploadRole", "/?*/*"),
        ("IngestIngestUploadRole", "/datasets/*"),
        ("IngestWithdrawUploadRole", "/datasets/*"),
        ("IngestWithdrawUploadRole", "/datasets/*/versions/*"),
        ("ModelRoutesDescribeModelsRole", "/models/*"),
        ("OnlineMaterializeFeaturesRole", "/datasets/*"),
        ("OnlineMaterializeFeaturesRole", "/*/live/*"),
        ("OnlineWriteFeaturesRole", "/*/live/*"),
        ("OutcomesWriteOutcomesRole", "/*_outcomes/live/*"),
        ("PredictionLogWriter", "/prediction-log/*"),
        ("PredictionLogWriter", "/prediction-log-errors/*"),
    }


def test_the_request_path_reads_no_objects_and_of_items_only_features_that_it_looks_up_and_counts_clients(
    model: Template,
) -> None:
    allowed = {"logs:CreateLogStream", "logs:PutLogEvents", "dynamodb:BatchGetItem", "dynamodb:UpdateItem"}
    assert model.allowed("predict_unreleased") == allowed
    [keys] = [
        statement["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]
        for _, statement in model.statements()
        if actions(statement) == ["dynamodb:BatchGetItem"]
    ]
    assert sorted(keys) == sorted(f"{view}#*" for view in LOOKED_UP)
    [counted] = [
        statement["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]
        for _, statement in model.statements()
        if actions(statement) == ["dynamodb:UpdateItem"] and "QuotasTable" in str(statement["Resource"])
    ]
    assert counted == ["client#*", "model#flight_delay#*"]


def test_only_versions_of_the_inference_function_are_deleted_and_only_by_who_publishes_them(
    model: Template,
) -> None:
    deleting = [(role, said) for role, said in model.statements() if "lambda:DeleteFunction" in actions(said)]
    ((role, statement),) = deleting
    assert model.functions()["prepare_release"]["Properties"]["Role"]["Fn::GetAtt"][0] == role
    (predict,) = [
        name
        for name, function in model.of("AWS::Lambda::Function").items()
        if function is model.functions()["predict_unreleased"]
    ]
    assert actions(statement) == ["lambda:DeleteFunction"]
    assert resources(statement) == [{"Fn::Join": ["", [{"Fn::GetAtt": [predict, "Arn"]}, ":*"]]}]


def test_a_listing_without_a_prefix_is_refused_to_everybody(templates: list[Template]) -> None:
    listing = [
        said
        for template in templates
        for _, said in template.statements()
        if "s3:ListBucket" in actions(said)
    ]
    assert listing
    for said in listing:
        assert actions(said) == ["s3:ListBucket"]
        # Not IfExists: a request without the key would pass.
        ((operator, keys),) = said["Condition"].items()
        assert (operator, set(keys)) == ("StringLike", {"s3:prefix"})
        prefixes = keys["s3:prefix"] if isinstance(keys["s3:prefix"], list) else [keys["s3:prefix"]]
        assert not [prefix for prefix in prefixes if fnmatchcase("", prefix)]


def test_what_may_be_listed_is_what_may_be_read(every_stack: list[Template]) -> None:
    """Listing tells what is missing from what may not be read; a table's function asks which rows have expired."""
    asked = {"<DataLake>; prefix datasets/*/parts/"}
    for role in Assembly({template.name: template for template in every_stack}).roles().values():
        readable = {place.replace("/", "; prefix ", 1).rstrip("*") for place in role.granted["s3:GetObject"]}
        listed = {place.rstrip("*") for place in role.granted["s3:ListBucket"]}
        assert listed - readable <= (asked if "register_table" in role.holders else set())


def test_nobody_deletes_objects_but_who_forgets_and_that_only_versions(templates: list[Template]) -> None:
    found = {
        (role.rstrip("0123456789ABCDEF"), action)
        for template in templates
        for role, statement in template.statements()
        for action in actions(statement)
        if action.startswith("s3:Delete")
    }
    assert found == {("ForgettingForgetEntityRole", "s3:DeleteObjectVersion")}


@pytest.mark.parametrize(
    "function", ["record_failure", "evaluate_canary", "close_run", "move_alias", "admit_trigger"]
)
def test_a_step_that_needs_no_data_cannot_read_any(model: Template, function: str) -> None:
    role = model.functions()[function]["Properties"]["Role"]["Fn::GetAtt"][0]
    readable = [r for owner, said in model.statements() if owner == role for r in resources(said)]
    assert "LakeBucket" not in json.dumps(readable)


def test_the_verdict_on_a_canary_sees_whether_it_is_still_tried_and_moves_nothing(model: Template) -> None:
    allowed = model.allowed("evaluate_canary")
    assert "lambda:GetAlias" in allowed
    assert "lambda:UpdateAlias" not in allowed


def test_items_of_another_model_are_out_of_reach(templates: list[Template]) -> None:
    for template in templates:
        for role, statement in template.statements():
            # The online store holds entities of views alone, and who writes one writes all.
            if "OnlineEntities" in str(statement["Resource"]):
                continue
            # And whoever answers counts what any client sends: of its own model, and in all.
            if "Quotas" in str(statement["Resource"]):
                keys = statement["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]
                own = [] if template.name == "keepfit-platform" else ["model#flight_delay#*"]
                assert ([*keys], actions(statement)) == (["client#*", *own], ["dynamodb:UpdateItem"]), role
                continue
            if any(action.startswith("dynamodb:") for action in actions(statement)):
                (condition,) = statement["Condition"].values()
                keys = condition["dynamodb:LeadingKeys"]
                keys = [keys] if isinstance(keys, str) else keys
                assert keys, role
                views = {f"{view}#*" for view in LOOKED_UP}
                assert {key for key in keys if not key.endswith("#*")} <= {
                    "model#flight_delay", "ledger#flight_delay", "dataset#flights", "dataset#weather",
                    "dataset#flight_delay_outcomes", "dataset#*_outcomes",
                }, role  # fmt: skip
                of_all = {key for key in keys if key.endswith("#*")} - views
                assert not of_all or template.name == "keepfit-platform", role
                assert of_all <= {"model#*", "ledger#*", "dataset#*", "view#*", "notices#*"}, role
                assert ("notices#*" in of_all) == role.startswith("Notices"), role
                if of_all & {"model#*", "ledger#*"}:
                    assert role.startswith(("ModelRoutes", "Batches", "Forgetting")), role
                    assert {*actions(statement)} <= {"dynamodb:GetItem", "dynamodb:Query"}, role


def test_only_the_state_machine_hands_on_roles_and_only_to_its_tasks(model: Template) -> None:
    passing = [(role, said) for role, said in model.statements() if "iam:PassRole" in actions(said)]
    ((role, statement),) = passing
    (machine,) = model.properties("AWS::StepFunctions::StateMachine")
    assert machine["RoleArn"]["Fn::GetAtt"][0] == role
    assert statement["Condition"] == {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}


SENT = {
    "materialize_features": [FEATURES_BEHIND],
    "forget_entity": [DATASET_UPDATED],
    "ingest_upload": [DATASET_UPDATED, FEATURES_BEHIND],
    "withdraw_upload": [DATASET_UPDATED],
    "monitor_model": [ALARM_STANDING, GAIN_MEASURED],
    # Steps that see no data have one role.
    "admit_trigger": [RETRAINING_REQUESTED, INCIDENT_OPENED, INCIDENT_CLOSED],
    "close_run": [RETRAINING_REQUESTED, INCIDENT_OPENED, INCIDENT_CLOSED],
    "record_failure": [RETRAINING_REQUESTED, INCIDENT_OPENED, INCIDENT_CLOSED],
    "evaluate_canary": [RETRAINING_REQUESTED, INCIDENT_OPENED, INCIDENT_CLOSED],
    "move_alias": [ALIAS_MOVED, CHAMPION_CHANGED],
    "notify_people": [NOTICE_GIVEN],
}


def test_each_function_puts_events_of_its_own_kind_under_the_name_of_keepfit(
    templates: list[Template],
) -> None:
    found = {}
    for template in templates:
        for name in template.functions():
            for said in statements_of(template, name):
                if "events:PutEvents" in actions(said):
                    allowed = said["Condition"]["ForAllValues:StringEquals"]
                    assert set(said["Condition"]) == {"ForAllValues:StringEquals"}
                    assert allowed["events:source"] == "keepfit"
                    found[name] = allowed["events:detail-type"]
    assert found == SENT


def test_a_training_task_writes_only_its_candidate_and_the_selection(model: Template) -> None:
    (task,) = model.properties("AWS::ECS::TaskDefinition")
    role = task["TaskRoleArn"]["Fn::GetAtt"][0]
    written = [
        resource["Fn::Join"][1][-1]
        for owner, said in model.statements()
        if owner == role and "s3:PutObject" in actions(said)
        for resource in resources(said)
    ]
    runs = "/runs/flight_delay/*"
    assert written == [f"{runs}/candidates/*", f"{runs}/selection.json"]


def test_tasks_are_run_in_the_cluster_of_the_platform_alone(model: Template) -> None:
    ((_, said),) = [(role, said) for role, said in model.statements() if "ecs:RunTask" in actions(said)]
    assert actions(said) == ["ecs:RunTask"]
    cluster = said["Condition"]["ArnEquals"]["ecs:cluster"]["Fn::Join"][1]
    assert cluster[-2:] == [":cluster/", {"Fn::ImportValue": "keepfit-platform-Cluster"}]


def test_only_the_mover_of_the_alias_writes_the_ledger(model: Template) -> None:
    mover = model.functions()["move_alias"]["Properties"]["Role"]["Fn::GetAtt"][0]
    writers = [
        role
        for role, said in model.statements()
        if {"dynamodb:PutItem", "dynamodb:UpdateItem"} & set(actions(said))
        and "ledger#flight_delay" in json.dumps(said["Condition"])
    ]
    assert writers == [mover]


def test_what_withdraws_an_upload_writes_no_rows_and_sees_no_upload(platform: Template) -> None:
    said = statements_of(platform, "withdraw_upload")
    written = [one for one in said if "s3:PutObject" in actions(one)]
    [key] = [resource["Fn::Join"][1][-1] for one in written for resource in resources(one)]
    assert key == "/datasets/*/versions/*"
    assert "Intake" not in json.dumps(said)


def statements_of(template: Template, function: str) -> list[Json]:
    role = template.functions()[function]["Properties"]["Role"]["Fn::GetAtt"][0]
    return [said for owner, said in template.statements() if owner == role]
