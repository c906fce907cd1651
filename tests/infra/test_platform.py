from __future__ import annotations

import json
from pathlib import Path

import pytest
from aws_cdk import App, Stack
from aws_cdk import Duration as CdkDuration
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda as lambda_

from infra.constructs.dead_letter_queue import DeadLetterQueue
from infra.monitoring import alarms as model_alarms
from keepfit.definitions import compiling
from keepfit.instants import Duration
from planning.templates import Template
from tests.infra.assembly import ROOT


def test_every_bucket_is_private_versioned_encrypted_and_logged(platform: Template) -> None:
    buckets = platform.of("AWS::S3::Bucket")
    assert len(buckets) == 4
    for logical_id, resource in buckets.items():
        bucket = resource["Properties"]
        assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
        assert bucket["BucketEncryption"]
        assert all(bucket["PublicAccessBlockConfiguration"].values())
        assert logical_id.startswith("Logs") or bucket["LoggingConfiguration"]["LogFilePrefix"]
        rules = {rule["Id"] for rule in bucket["LifecycleConfiguration"]["Rules"]}
        assert "old-versions-and-unfinished-uploads" in rules


def test_every_bucket_and_queue_refuses_plain_http(templates: list[Template]) -> None:
    for template in templates:
        policies = template.properties("AWS::S3::BucketPolicy") + template.properties("AWS::SQS::QueuePolicy")
        refusing = [
            policy
            for policy in policies
            for statement in policy["PolicyDocument"]["Statement"]
            if statement["Effect"] == "Deny"
            and statement["Condition"].get("Bool") == {"aws:SecureTransport": "false"}
        ]
        assert len(refusing) == len(template.of("AWS::S3::Bucket")) + len(template.of("AWS::SQS::Queue"))


def test_quarantine_is_forgotten_and_accepted_data_is_not(platform: Template) -> None:
    ((_, lake),) = [item for item in platform.of("AWS::S3::Bucket").items() if item[0].startswith("DataLake")]
    expiring = {
        rule["Prefix"]: rule["ExpirationInDays"]
        for rule in lake["Properties"]["LifecycleConfiguration"]["Rules"]
        if "ExpirationInDays" in rule
    }
    quarantined = ("flight_delay_outcomes", "flights", "weather")
    at_once = {"query-results/": 1, "batch-parts/": 1}
    assert expiring == {**{f"datasets/{name}/quarantine/": 90 for name in quarantined}, **at_once}


def test_no_client_lifts_what_bounds_a_query(platform: Template) -> None:
    (workgroup,) = platform.properties("AWS::Athena::WorkGroup")
    configuration = workgroup["WorkGroupConfiguration"]
    assert configuration["EnforceWorkGroupConfiguration"] is True
    assert configuration["BytesScannedCutoffPerQuery"] == 50_000_000_000
    assert configuration["ResultConfiguration"]["EncryptionConfiguration"] == {"EncryptionOption": "SSE_S3"}


def test_who_asks_by_sql_changes_answers_alone(platform: Template) -> None:
    (policy,) = platform.properties("AWS::IAM::ManagedPolicy")
    assert not policy.keys() & {"Roles", "Users", "Groups"}
    writing = ("Put", "Delete", "Create", "Update", "Abort")
    for statement in policy["PolicyDocument"]["Statement"]:
        actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
        if any(action.partition(":")[2].startswith(writing) for action in actions):
            assert json.dumps(statement["Resource"]).count("query-results/*") == 1
            assert set(actions) == {"s3:PutObject", "s3:AbortMultipartUpload"}


def test_tables_cost_nothing_idle_and_can_be_restored(platform: Template) -> None:
    tables = platform.properties("AWS::DynamoDB::Table")
    assert len(tables) == 3  # the registry, the online store, and quotas
    for table in tables:
        assert table["BillingMode"] == "PAY_PER_REQUEST"
        assert table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] is True


def test_the_network_has_no_nat_gateway_and_lets_nothing_in(platform: Template) -> None:
    assert not platform.of("AWS::EC2::NatGateway")
    (group,) = platform.properties("AWS::EC2::SecurityGroup")
    assert "SecurityGroupIngress" not in group
    assert not platform.of("AWS::EC2::SecurityGroupIngress")
    assert [(rule["FromPort"], rule["ToPort"]) for rule in group["SecurityGroupEgress"]] == [(443, 443)]


def test_alarms_are_told_apart_by_model_and_keep_quiet_about_silence_only_where_they_should(
    model: Template,
) -> None:
    alarms = {alarm["AlarmName"]: alarm for alarm in model.properties("AWS::CloudWatch::Alarm")}
    definition = compiling.load(ROOT / "models").model["flight_delay"]
    threshold = definition.monitoring.alarm_threshold
    drift, heartbeat = alarms["keepfit-flight_delay-drift"], alarms["keepfit-flight_delay-heartbeat"]
    incident = alarms["keepfit-flight_delay-incident"]
    assert (incident["MetricName"], incident["Threshold"]) == ("open_incidents", 1)
    assert incident["TreatMissingData"] == "ignore"
    for alarm in (drift, heartbeat, incident):
        assert alarm["Namespace"] == "keepfit"
        assert alarm["Dimensions"] == [{"Name": "Model", "Value": "flight_delay"}]
    assert (drift["Statistic"], drift["Period"], drift["Threshold"]) == ("Maximum", 60, threshold)
    assert drift["TreatMissingData"] == "ignore"
    assert heartbeat["TreatMissingData"] == "breaching"
    assert heartbeat["Period"] == 7200


@pytest.mark.parametrize("schedule", ["1m", "7m", "1h", "12h", "13h", "1d", "2d", "84h"])
def test_a_silent_monitor_is_noticed_after_two_intervals_of_any_schedule(schedule: str) -> None:
    turn = Duration.parse(schedule).seconds
    period, periods = model_alarms._two_intervals(turn)
    assert period.to_seconds() % 60 == 0
    assert period.to_seconds() <= 24 * 60 * 60
    assert 2 * turn <= period.to_seconds() * periods <= min(2 * turn + 60 * periods, 7 * 24 * 60 * 60)
    assert periods == 1 or period.to_seconds() >= 60 * 60


def test_nothing_is_made_by_code_that_runs_while_deploying(templates: list[Template]) -> None:
    for template in templates:
        kinds = {resource["Type"] for resource in template.document["Resources"].values()}
        assert not {kind for kind in kinds if kind.startswith("Custom::") or "CustomResource" in kind}


def test_the_dashboard_shows_whether_the_model_is_fit_used_and_learning(model: Template) -> None:
    (dashboard,) = model.properties("AWS::CloudWatch::Dashboard")
    body = json.dumps(dashboard["DashboardBody"])
    for shown in (
        "worst_drift",
        "drifted_inputs",
        "Invocations",
        "Errors",
        "Duration",
        "ExecutionsSucceeded",
    ):
        assert shown in body


def test_the_outputs_are_those_that_tools_rely_on(templates: list[Template]) -> None:
    platform, model = (set(template.document["Outputs"]) for template in templates)
    assert platform >= {
        "IntakeBucket", "LakeBucket", "ArtifactsBucket", "RegistryTable", "ApiId", "ApiUrl",
        "UserPoolId", "UserPoolClientId", "Cluster", "IngestFunction", "DatasetFlights", "DatasetWeather",
        "LayersStack",
    }  # fmt: skip
    assert model == {
        "Model", "StackId", "StateMachine", "PredictFunction", "MoveAliasFunction", "CloseRunFunction",
        "MonitorFunction", "DriftAlarm", "HeartbeatAlarm", "PredictRoute", "TaskDefinition", "Dashboard",
        "LayersStack", "OutcomesDataset",
    }  # fmt: skip


def test_what_the_model_imports_is_exported(templates: list[Template], layers: Template) -> None:
    platform, model = templates
    exported = {
        output["Export"]["Name"]
        for stack in (platform, layers)
        for output in stack.document["Outputs"].values()
        if "Export" in output
    }
    text = json.dumps(model.document)
    imported = {part.split('"')[0] for part in text.split('{"Fn::ImportValue": "')[1:]}
    assert imported
    assert imported <= exported


def test_nothing_that_stays_behind_has_a_name_that_the_next_deployment_would_need(
    templates: list[Template],
) -> None:
    staying = 0
    for template in templates:
        for logical_id, resource in template.document["Resources"].items():
            if resource.get("DeletionPolicy", "Delete") == "Delete":
                continue
            staying += 1
            assert resource["DeletionPolicy"] == "RetainExceptOnCreate", logical_id
            assert resource["UpdateReplacePolicy"] == "Retain", logical_id
            named = {key for key in resource.get("Properties", {}) if key == "Name" or key.endswith("Name")}
            assert not named, logical_id
    assert staying > 10


def test_the_log_of_the_state_machine_goes_with_it(model: Template) -> None:
    named = [
        resource
        for resource in model.of("AWS::Logs::LogGroup").values()
        if resource["Properties"].get("LogGroupName") == "/aws/vendedlogs/states/keepfit-flight-delay"
    ]
    assert [group["DeletionPolicy"] for group in named] == ["Delete"]


def test_the_cluster_needs_no_role_that_a_fresh_account_lacks(platform: Template) -> None:
    (cluster,) = platform.properties("AWS::ECS::Cluster")
    assert "CapacityProviders" not in cluster
    assert "DefaultCapacityProviderStrategy" not in cluster


def test_the_image_is_built_for_the_processor_that_its_task_asks_for(assembly: Path, model: Template) -> None:
    assets = json.loads((assembly / "keepfit-flight-delay.assets.json").read_text())
    built = {image["source"]["platform"] for image in assets["dockerImages"].values()}
    (task,) = model.properties("AWS::ECS::TaskDefinition")
    asked = task["RuntimePlatform"]
    spelled = {"X86_64": "linux/amd64", "ARM64": "linux/arm64"}
    assert asked["OperatingSystemFamily"] == "LINUX"
    assert built == {spelled[asked["CpuArchitecture"]]}


@pytest.mark.parametrize("rules", [1, 100])
def test_a_dead_letter_queue_takes_any_number_of_rules(tmp_path: Path, rules: int) -> None:
    stack = Stack(App(outdir=str(tmp_path)), "keepfit-platform")
    queue = DeadLetterQueue(stack, "Refused", alarm_name="refused")
    function = lambda_.Function.from_function_name(stack, "Function", "f")
    target = targets.LambdaFunction(function, dead_letter_queue=queue.for_rules)
    for number in range(rules):
        events.Rule(
            stack,
            f"Rule{number}",
            schedule=events.Schedule.rate(CdkDuration.hours(1)),
            targets=[target],
        )
    made = stack.node.root.synth().get_stack_by_name("keepfit-platform").template  # type: ignore[attr-defined]
    resources = made["Resources"].values()
    assert sum(each["Type"] == "AWS::Events::Rule" for each in resources) == rules
    (policy,) = [each["Properties"] for each in resources if each["Type"] == "AWS::SQS::QueuePolicy"]
    # SQS takes 20 statements; one refuses plain HTTP.
    statement, *more = [each for each in policy["PolicyDocument"]["Statement"] if each["Effect"] == "Allow"]
    assert not more
    assert statement["Principal"] == {"Service": "events.amazonaws.com"}
    assert ":rule/keepfit-*" in json.dumps(statement["Condition"]["ArnLike"]["aws:SourceArn"])
    assert statement["Condition"]["StringEquals"] == {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}


def test_a_queue_admits_rules_by_one_statement_and_only_where_rules_send_to_it(
    templates: list[Template],
) -> None:
    for template in templates:
        used = {
            target["DeadLetterConfig"]["Arn"]["Fn::GetAtt"][0]
            for rule in template.properties("AWS::Events::Rule")
            for target in rule["Targets"]
        }
        for policy in template.properties("AWS::SQS::QueuePolicy"):
            [queue] = [each["Ref"] for each in policy["Queues"]]
            # One refuses plain HTTP.
            assert len(policy["PolicyDocument"]["Statement"]) == (2 if queue in used else 1)


def test_templates_name_no_partition(templates: list[Template]) -> None:
    for template in templates:
        text = json.dumps(template.document)
        assert "arn:aws" not in text
        # What is left are service principals, which are spelled like this in every partition.
        hosts = [part for part in text.split(".amazonaws.com")[1:] if not part.startswith('"')]
        assert hosts == []
