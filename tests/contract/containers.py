"""The resources of a model in containers, at moto: services, target groups, rules, tasks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from moto.core import DEFAULT_ACCOUNT_ID
from moto.ec2.models import ec2_backends

from keepfit import variables
from keepfit.adapters.aws.clients import client
from keepfit.adapters.aws.container_resources import ContainerResources, SlotResources
from keepfit.adapters.aws.dynamodb_items import ModelItems
from keepfit.adapters.aws.dynamodb_placement import DynamoPlacement
from keepfit.adapters.aws.ecs_slots import EcsSlots
from keepfit.adapters.aws.weighted_target_groups import WeightedTargetGroups
from keepfit.serving.release.slots import SLOTS

CLUSTER, FAMILY = "keepfit", "keepfit-m-serve"
TEMPLATE = "keepfit-m-template"


def container_resources() -> ContainerResources:
    """Makes all of it, as it is before the first release; the rules refuse everything."""
    elb, ecs = client("elbv2"), client("ecs")
    # Not by a client, whose making takes longer than all else here.
    two = ec2_backends[DEFAULT_ACCOUNT_ID]["us-east-1"].get_default_subnets()
    subnets = [each.id for each in list(two.values())[:2]]
    network = next(iter(two.values())).vpc_id
    balancer = elb.create_load_balancer(Name="keepfit", Subnets=subnets, Scheme="internal")
    arn = balancer["LoadBalancers"][0]["LoadBalancerArn"]
    refusal = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "503"}}
    listener = elb.create_listener(LoadBalancerArn=arn, Protocol="HTTP", Port=80, DefaultActions=[refusal])
    rules = [
        elb.create_rule(
            ListenerArn=listener["Listeners"][0]["ListenerArn"],
            Priority=number,
            Conditions=[{"Field": "path-pattern", "Values": [path]}],
            Actions=[refusal],
        )["Rules"][0]["RuleArn"]
        for number, path in enumerate(("/models/m/predict", "/models/m/next/predict"), 1)
    ]
    ecs.create_cluster(clusterName=CLUSTER)
    register(TEMPLATE, {variables.MODEL: "m"})
    slots = {}
    for slot in SLOTS:
        groups = [
            elb.create_target_group(
                Name=f"{slot}-{kind}", Protocol="HTTP", Port=8080, VpcId=network, TargetType="ip"
            )["TargetGroups"][0]["TargetGroupArn"]
            for kind in ("live", "next")
        ]
        ecs.create_service(cluster=CLUSTER, serviceName=f"m-{slot}", desiredCount=0, taskDefinition=TEMPLATE)
        slots[slot] = SlotResources(service=f"m-{slot}", live=groups[0], next=groups[1])
    return ContainerResources(
        cluster=CLUSTER, family=FAMILY, live=rules[0], next=rules[1], slots=slots, min_tasks=2, max_tasks=6
    )


def register(family: str, environment: Mapping[str, str]) -> str:
    """Registers a task definition with these variables."""
    variables_of_task = [{"name": name, "value": value} for name, value in environment.items()]
    image = {"name": "serve-model", "image": "i", "memory": 512, "environment": variables_of_task}
    made = client("ecs").register_task_definition(
        family=family, containerDefinitions=[image], cpu="256", memory="512", networkMode="awsvpc"
    )
    arn: str = made["taskDefinition"]["taskDefinitionArn"]
    return arn


def placement() -> DynamoPlacement:
    """The record of the model m."""
    return DynamoPlacement(items=ModelItems(table="registry", model="m"), stack="s")


def target_groups(resources: ContainerResources) -> WeightedTargetGroups:
    """The adapter, with tasks that are there at once."""
    return WeightedTargetGroups(
        record=placement(),
        slots=EcsSlots(resources=resources, sleep=lambda _: None),
        now=lambda: datetime(2026, 1, 5, tzinfo=UTC),
    )


def shares(resources: ContainerResources, rule: str | None = None, kind: str = "live") -> dict[str, int]:
    """The weight of each slot by a rule; empty where it refuses."""
    found = client("elbv2").describe_rules(RuleArns=[rule or resources.live])["Rules"][0]["Actions"][0]
    groups = (found.get("ForwardConfig") or {}).get("TargetGroups") or []
    slots = {getattr(each, kind): slot for slot, each in resources.slots.items()}
    return {slots[each["TargetGroupArn"]]: each["Weight"] for each in groups}
