"""A model that containers serve: what its stack makes, who may do what, and what a deployment leaves alone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from keepfit.layout import ModelScope
from planning.templates import Template, actions, resources, states
from tests.infra.access.comparison import complaints
from tests.infra.access.roles import Assembly

LATENESS = ModelScope("lateness")


@pytest.fixture(scope="session")
def served(container_templates: dict[str, Template]) -> Template:
    return container_templates[LATENESS.stack]


@pytest.fixture(scope="session")
def shared(container_templates: dict[str, Template]) -> Template:
    return container_templates["keepfit-platform"]


def test_every_call_of_its_functions_and_tasks_has_a_grant_and_every_grant_a_call(
    container_templates: dict[str, Template],
) -> None:
    assert complaints(Assembly(container_templates).roles()) == []


def test_the_template_names_nothing_that_serves(served: Template) -> None:
    for service in served.properties("AWS::ECS::Service"):
        assert service["DesiredCount"] == 0
        # Of no revision: a deployment that registers one changes no service.
        assert service["TaskDefinition"] == f"{LATENESS.stack}-serve-model"
    bounds = [
        (each["MinCapacity"], each["MaxCapacity"])
        for each in served.properties("AWS::ApplicationAutoScaling::ScalableTarget")
    ]
    assert bounds == [(0, 0), (0, 0)]
    refusing = {
        path: action["FixedResponseConfig"]["StatusCode"]
        for rule in served.properties("AWS::ElasticLoadBalancingV2::ListenerRule")
        for action in rule["Actions"]
        if action["Type"] == "fixed-response"
        for path in rule["Conditions"][0]["PathPatternConfig"]["Values"]
    }
    assert refusing == {LATENESS.path: "503", LATENESS.infer_path: "503", LATENESS.next_path: "503"}


def test_every_target_group_is_one_of_the_load_balancer_before_a_service_takes_it(served: Template) -> None:
    (attached,) = [
        (name, rule)
        for name, rule in served.of("AWS::ElasticLoadBalancingV2::ListenerRule").items()
        if rule["Properties"]["Actions"][0]["Type"] == "forward"
    ]
    forwarded = attached[1]["Properties"]["Actions"][0]["ForwardConfig"]["TargetGroups"]
    groups = set(served.of("AWS::ElasticLoadBalancingV2::TargetGroup"))
    assert {each["TargetGroupArn"]["Ref"] for each in forwarded} == groups
    for service in served.of("AWS::ECS::Service").values():
        assert attached[0] in service["DependsOn"]


def test_clients_and_tests_come_by_the_api_alone(served: Template, shared: Template) -> None:
    (integration,) = served.of("AWS::ApiGatewayV2::Integration")
    routes = {route["RouteKey"]: route for route in served.properties("AWS::ApiGatewayV2::Route")}
    assert {key: route["AuthorizationType"] for key, route in routes.items()} == {
        f"POST {LATENESS.path}": "JWT",
        f"POST {LATENESS.infer_path}": "JWT",
        f"POST {LATENESS.next_path}": "AWS_IAM",
    }
    assert all(integration in str(route["Target"]) for route in routes.values())
    (balancer,) = shared.properties("AWS::ElasticLoadBalancingV2::LoadBalancer")
    assert balancer["Scheme"] == "internal"
    # Nobody but the group before may connect: no group lets an address in.
    for group in shared.properties("AWS::EC2::SecurityGroup"):
        assert "SecurityGroupIngress" not in group
    entries = shared.properties("AWS::EC2::SecurityGroupIngress")
    assert len(entries) == 2
    assert all("SourceSecurityGroupId" in each and "CidrIp" not in each for each in entries)


def test_only_who_moves_starts_tasks_and_sets_weights_and_of_this_model_alone(served: Template) -> None:
    mover = served.functions()["move_alias"]["Properties"]["Role"]["Fn::GetAtt"][0]
    moving = {"ecs:UpdateService", "elasticloadbalancing:ModifyRule"}
    found = [(role, said) for role, said in served.statements() if moving & set(actions(said))]
    assert {role for role, _ in found} == {mover}
    own = set(served.document["Resources"])
    assert all(each["Ref"] in own for _, said in found for each in resources(said))


def test_a_task_reads_its_package_and_nothing_else(served: Template) -> None:
    (task,) = [
        each
        for each in served.properties("AWS::ECS::TaskDefinition")
        if each["ContainerDefinitions"][0]["Name"] == "serve-model"
    ]
    role = task["TaskRoleArn"]["Fn::GetAtt"][0]
    allowed = [
        (action, str(resource))
        for owner, said in served.statements()
        if owner == role
        for action in actions(said)
        for resource in resources(said)
    ]
    assert {action for action, _ in allowed} == {"s3:GetObject", "s3:ListBucket"}
    assert all(LATENESS.releases in each for action, each in allowed if action == "s3:GetObject")


def test_its_predictions_go_where_those_of_the_function_go(served: Template) -> None:
    (task,) = [
        each["ContainerDefinitions"][0]
        for each in served.properties("AWS::ECS::TaskDefinition")
        if each["ContainerDefinitions"][0]["Name"] == "serve-model"
    ]
    (subscription,) = served.properties("AWS::Logs::SubscriptionFilter")
    assert task["LogConfiguration"]["Options"]["awslogs-group"] == subscription["LogGroupName"]


def test_a_run_waits_for_tasks_and_ends_what_is_idle_before_it_closes(served: Template) -> None:
    found = dict(states(served.state_machine()))
    assert (found["Prune"]["Next"], found["StopIdle"]["Next"]) == ("StopIdle", "Close")
    assert [each["Next"] for each in found["Prune"]["Catch"]] == ["StopIdle"]
    timeout = served.functions()["move_alias"]["Properties"]["Timeout"]
    for name in ("PointNext", "StartCanary", "Promote", "RollBack", "ReleaseAtOnce", "StopIdle"):
        assert found[name]["TimeoutSeconds"] > timeout >= 240


def test_a_function_changes_with_the_task_so_that_a_release_is_a_new_version(served: Template) -> None:
    variables = served.functions()["predict_unreleased"]["Properties"]["Environment"]["Variables"]
    (name,) = [
        name
        for name, task in served.of("AWS::ECS::TaskDefinition").items()
        if task["Properties"]["ContainerDefinitions"][0]["Name"] == "serve-model"
    ]
    assert variables["KEEPFIT_TASK_DEFINITION"] == {"Ref": name}
    assert variables["KEEPFIT_TASKS"] == "1 to 3"


@pytest.mark.long
def test_cfn_lint_finds_no_error(container_assembly: Path) -> None:
    made = [container_assembly / f"{name}.template.json" for name in (LATENESS.stack, "keepfit-platform")]
    lint = [
        str(Path(sys.executable).with_name("cfn-lint")),
        "--ignore-checks",
        "W3005",
        "--",
        *map(str, made),
    ]
    linted = subprocess.run(lint, capture_output=True, text=True, check=False)
    assert linted.returncode == 0, linted.stdout + linted.stderr
