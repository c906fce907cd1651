"""Default quotas of an AWS account and Region, and what of the templates counts against each."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from planning.templates import Json, Template

Templates = list[Template]
Count = Callable[[Templates], int]
# Of 1,000 roles, and so on: what else is in the account. The bootstrap of CDK has five, and AWS makes some by itself.
_OF_OTHERS = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """A default quota, where AWS tells it, and what is counted; ``use`` is the share that keepfit may take of it.

    ``raised`` is what a hundred models need it to be raised to, where AWS does that for who asks.
    """

    name: str
    told: str
    limit: int
    count: Count
    use: float = 0.5
    raised: int | None = None


def in_all(kind: str, plus: int = 0) -> Count:
    """All resources of a type."""
    return lambda templates: plus + sum(len(template.of(kind)) for template in templates)


def most(kind: str, measure: Callable[[Json], int]) -> Count:
    """The largest of a type, by what is measured of its properties."""
    return lambda templates: max(
        (measure(each) for template in templates for each in template.properties(kind)), default=0
    )


def in_a_stack(part: str) -> Count:
    """The most entries of a section of a template."""
    return lambda templates: max(len(template.document.get(part, {})) for template in templates)


def to_one(kind: str, prop: str) -> Count:
    """The most resources of a type that name the same thing in a property, in whichever stack they are."""

    def count(templates: Templates) -> int:
        named: Counter[str] = Counter()
        for template in templates:
            for each in template.properties(kind):
                value = each[prop]
                # An import is the same for all stacks; what is in a stack is another thing in each.
                own = "" if "Fn::ImportValue" in json.dumps(value) else template.name
                named[own + json.dumps(value)] += 1
        return max(named.values(), default=0)

    return count


def size(value: Any) -> int:
    """Characters of a value as it is sent, with a hundred for each name that is known only when it is deployed."""
    match value:
        case {"Fn::Join": [str(delimiter), list(items)]}:
            found = sum(map(size, items)) + len(delimiter) * len(items)
        case {"Fn::Sub": str(text)}:
            found = len(text) + 60
        case {"Ref": _} | {"Fn::GetAtt": _} | {"Fn::ImportValue": _} | {"Fn::Select": _}:
            found = 100
        case dict():
            found = 2 + sum(len(key) + 4 + size(each) for key, each in value.items())
        case list():
            found = 2 + sum(1 + size(each) for each in value)
        case _:
            found = len(json.dumps(value))
    return found


def policies_of_a_role(templates: Templates) -> int:
    """The most characters that one role's inline policies have together."""
    found: Counter[str] = Counter()
    for template in templates:
        for policy in template.properties("AWS::IAM::Policy"):
            for role in policy["Roles"]:
                found[f"{template.name} {role['Ref']}"] += size(policy["PolicyDocument"])
    return max(found.values(), default=0)


def policy_of_a_function(templates: Templates) -> int:
    """The most characters of one function's resource-based policy: one statement a permission, of about 500."""
    return 500 * to_one("AWS::Lambda::Permission", "FunctionName")(templates)


def template_bytes(templates: Templates) -> int:
    """Bytes of the largest template, as CDK writes it."""
    return max(len(json.dumps(template.document, indent=1)) for template in templates)


def widgets(dashboard: Json) -> int:
    """The number of graphs on a dashboard."""
    return json.dumps(dashboard).count('\\"type\\":\\"metric')


_GENERAL = "https://docs.aws.amazon.com/general/latest/gr"
_IAM = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"
_EVENTS = "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html"
_STACKS = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html"
_LAMBDA = "https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"
_SQS = "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-policies.html"
_HTTP = "https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html"
_LOGS = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html"
_VPC = "https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html"
_SCHEDULER = "https://docs.aws.amazon.com/scheduler/latest/UserGuide/scheduler-quotas.html"
_FLOWS = "https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html"

QUOTAS = [
    Quota(
        name="IAM roles",
        told=_IAM,
        limit=1000,
        count=in_all("AWS::IAM::Role", plus=_OF_OTHERS),
        use=0.95,
    ),
    Quota(
        name="characters of a role's inline policies",
        told=_IAM,
        limit=10_240,
        count=policies_of_a_role,
        use=0.9,
    ),
    Quota(
        name="customer managed policies",
        told=_IAM,
        limit=1500,
        count=in_all("AWS::IAM::ManagedPolicy"),
    ),
    Quota(
        name="characters of a role's trust policy",
        told=_IAM,
        limit=2048,
        count=most("AWS::IAM::Role", lambda each: size(each["AssumeRolePolicyDocument"])),
    ),
    Quota(name="EventBridge rules of a bus", told=_EVENTS, limit=300, count=in_all("AWS::Events::Rule")),
    Quota(
        name="targets of a rule",
        told=_EVENTS,
        limit=5,
        count=most("AWS::Events::Rule", lambda each: len(each["Targets"])),
    ),
    Quota(
        name="characters of an event pattern",
        told=_EVENTS,
        limit=2048,
        count=most("AWS::Events::Rule", lambda each: size(each["EventPattern"])),
    ),
    Quota(name="schedules", told=_SCHEDULER, limit=1_000_000, count=in_all("AWS::Scheduler::Schedule")),
    Quota(name="schedule groups", told=_SCHEDULER, limit=500, count=in_all("AWS::Scheduler::ScheduleGroup")),
    Quota(name="stacks", told=_STACKS, limit=2000, count=len),
    Quota(name="resources of a stack", told=_STACKS, limit=500, count=in_a_stack("Resources")),
    Quota(name="outputs of a stack", told=_STACKS, limit=200, count=in_a_stack("Outputs"), use=0.75),
    Quota(name="parameters of a stack", told=_STACKS, limit=200, count=in_a_stack("Parameters")),
    Quota(name="mappings of a stack", told=_STACKS, limit=200, count=in_a_stack("Mappings")),
    Quota(name="bytes of a template", told=_STACKS, limit=1_000_000, count=template_bytes),
    Quota(name="characters of a function's policy", told=_LAMBDA, limit=20_480, count=policy_of_a_function),
    Quota(
        name="bytes of a function's environment",
        told=_LAMBDA,
        limit=4096,
        count=most("AWS::Lambda::Function", lambda each: size(each["Environment"]["Variables"])),
    ),
    Quota(
        name="layers of a function",
        told=_LAMBDA,
        limit=5,
        count=most("AWS::Lambda::Function", lambda each: len(each.get("Layers", []))),
        use=1,  # no model adds one
    ),
    Quota(
        name="statements of a queue's policy",
        told=_SQS,
        limit=20,
        count=most("AWS::SQS::QueuePolicy", lambda each: len(each["PolicyDocument"]["Statement"])),
    ),
    Quota(
        name="bytes of a queue's policy",
        told=_SQS,
        limit=8192,
        count=most("AWS::SQS::QueuePolicy", lambda each: size(each["PolicyDocument"])),
    ),
    Quota(
        name="lifecycle rules of a bucket",
        told=f"{_GENERAL}/s3.html",
        limit=1000,
        count=most(
            "AWS::S3::Bucket", lambda each: len(each.get("LifecycleConfiguration", {}).get("Rules", []))
        ),
    ),
    Quota(
        name="notifications of a bucket to queues, topics and functions",
        told=f"{_GENERAL}/s3.html",
        limit=100,
        count=most(
            "AWS::S3::Bucket",
            lambda each: sum(
                len(said)
                for kind, said in each.get("NotificationConfiguration", {}).items()
                if kind != "EventBridgeConfiguration"
            ),
        ),
    ),
    Quota(
        name="bytes of a bucket's policy",
        told=f"{_GENERAL}/s3.html",
        limit=20_480,
        count=most("AWS::S3::BucketPolicy", lambda each: size(each["PolicyDocument"])),
    ),
    Quota(name="buckets", told=f"{_GENERAL}/s3.html", limit=10_000, count=in_all("AWS::S3::Bucket")),
    Quota(
        name="routes of an HTTP API",
        told=_HTTP,
        limit=300,
        count=to_one("AWS::ApiGatewayV2::Route", "ApiId"),
        use=0.75,  # the API is keepfit's alone
        raised=500,  # three for each model: 96 have room as AWS gives it
    ),
    Quota(
        name="integrations of an HTTP API",
        told=_HTTP,
        limit=300,
        count=to_one("AWS::ApiGatewayV2::Integration", "ApiId"),
        use=0.75,
    ),
    Quota(
        name="authorizers of an HTTP API",
        told=_HTTP,
        limit=10,
        count=to_one("AWS::ApiGatewayV2::Authorizer", "ApiId"),
    ),
    Quota(
        name="CloudWatch alarms",
        told=f"{_GENERAL}/cw_region.html",
        limit=5000,
        count=in_all("AWS::CloudWatch::Alarm"),
    ),
    Quota(
        name="widgets of a dashboard",
        told="https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html",
        limit=500,
        count=most("AWS::CloudWatch::Dashboard", widgets),
    ),
    Quota(name="log groups", told=_LOGS, limit=1_000_000, count=in_all("AWS::Logs::LogGroup")),
    Quota(name="resource policies of logs", told=_LOGS, limit=10, count=in_all("AWS::Logs::ResourcePolicy")),
    Quota(
        name="subscription filters of a log group",
        told=_LOGS,
        limit=2,
        count=to_one("AWS::Logs::SubscriptionFilter", "LogGroupName"),
    ),
    Quota(
        name="Firehose streams",
        told=f"{_GENERAL}/fh.html",
        # The least of all Regions.
        limit=1000,
        count=in_all("AWS::KinesisFirehose::DeliveryStream"),
    ),
    Quota(
        name="state machines", told=_FLOWS, limit=100_000, count=in_all("AWS::StepFunctions::StateMachine")
    ),
    Quota(
        name="bytes of a state machine's definition",
        told=_FLOWS,
        limit=1_000_000,
        count=most("AWS::StepFunctions::StateMachine", lambda each: size(each["Definition"])),
    ),
    Quota(
        name="ECS clusters",
        told=f"{_GENERAL}/ecs-service.html",
        limit=10_000,
        count=in_all("AWS::ECS::Cluster"),
    ),
    Quota(
        name="bytes of a task definition",
        told=f"{_GENERAL}/ecs-service.html",
        limit=64_000,
        count=most("AWS::ECS::TaskDefinition", size),
    ),
    Quota(name="security groups", told=_VPC, limit=2500, count=in_all("AWS::EC2::SecurityGroup")),
    Quota(
        name="rules of a security group",
        told=_VPC,
        limit=60,
        count=most("AWS::EC2::SecurityGroup", lambda each: len(each["SecurityGroupEgress"])),
    ),
    Quota(name="VPCs", told=_VPC, limit=5, count=in_all("AWS::EC2::VPC")),
    Quota(name="internet gateways", told=_VPC, limit=5, count=in_all("AWS::EC2::InternetGateway")),
    Quota(name="gateway endpoints of a Region", told=_VPC, limit=20, count=in_all("AWS::EC2::VPCEndpoint")),
    Quota(
        name="user pools",
        told="https://docs.aws.amazon.com/cognito/latest/developerguide/quotas.html",
        limit=1000,
        count=in_all("AWS::Cognito::UserPool"),
    ),
    Quota(
        name="app clients of a user pool",
        told="https://docs.aws.amazon.com/cognito/latest/developerguide/quotas.html",
        limit=1000,
        count=in_all("AWS::Cognito::UserPoolClient"),
    ),
    Quota(
        name="DynamoDB tables",
        told="https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html",
        limit=2500,
        count=in_all("AWS::DynamoDB::Table"),
    ),
    Quota(
        name="parameters of the standard tier",
        told=f"{_GENERAL}/ssm.html",
        limit=10_000,
        count=in_all("AWS::SSM::Parameter"),
    ),
    Quota(
        name="bytes of a parameter of the standard tier",
        told=f"{_GENERAL}/ssm.html",
        limit=4096,
        count=most("AWS::SSM::Parameter", lambda each: size(each["Value"])),
    ),
]
