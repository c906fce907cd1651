"""IAM statements, each the narrowest for what a role does: read objects, write items, put events."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from aws_cdk import ArnFormat, Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3

from infra.acknowledgements import Acknowledged, acknowledge
from keepfit.events import SOURCE


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """One IAM policy statement; ``wildcard`` is the reason for a ``*`` in its resources."""

    actions: tuple[str, ...]
    resources: tuple[str, ...]
    conditions: Mapping[str, Mapping[str, Any]] | None = None
    wildcard: Acknowledged | None = None


def grant(role: iam.IRole, access: Iterable[Access]) -> None:
    """Adds the statements to the role; cdk-nag refuses a wildcard without a reason."""
    for statement in access:
        role.add_to_principal_policy(_statement(statement))
        _give_reason(role, statement)


def allow(policy: iam.ManagedPolicy, access: Iterable[Access]) -> None:
    """Adds the statements to a policy that is for roles which are not deployed from here."""
    for statement in access:
        policy.add_statements(_statement(statement))
        _give_reason(policy, statement)


def _statement(access: Access) -> iam.PolicyStatement:
    return iam.PolicyStatement(
        actions=list(access.actions), resources=list(access.resources), conditions=access.conditions
    )


def _give_reason(holder: iam.IRole | iam.IManagedPolicy, access: Access) -> None:
    if access.wildcard:
        names = [_as_reported(Stack.of(holder).resolve(resource)) for resource in access.resources]
        acknowledge(holder, access.wildcard, *(f"Resource::{name}" for name in names if "*" in name))


def read_objects(bucket: s3.IBucket, *prefixes: str) -> tuple[Access, ...]:
    """Reads and lists the current objects below the prefixes."""
    return _reading(bucket, prefixes, ("s3:GetObject",))


def read_versions(bucket: s3.IBucket, *prefixes: str) -> tuple[Access, ...]:
    """Reads and lists all versions of the objects below the prefixes."""
    return _reading(bucket, prefixes, ("s3:GetObject", "s3:GetObjectVersion"))


def _reading(bucket: s3.IBucket, prefixes: tuple[str, ...], actions: tuple[str, ...]) -> tuple[Access, ...]:
    return (
        Access(
            actions=actions,
            resources=_below(bucket, prefixes),
            wildcard=Acknowledged.OBJECTS_UNDER_A_PREFIX,
        ),
        # By this a missing object is told from one that may not be read; a request without a prefix is refused.
        Access(
            actions=("s3:ListBucket",),
            resources=(bucket.bucket_arn,),
            conditions={"StringLike": {"s3:prefix": [f"{prefix}*" for prefix in prefixes]}},
        ),
    )


def write_objects(bucket: s3.IBucket, *prefixes: str) -> tuple[Access, ...]:
    """Puts objects, or new versions of objects, below the prefixes; deletes nothing."""
    return _writing(bucket, prefixes, ("s3:PutObject",))


def write_files(bucket: s3.IBucket, *prefixes: str) -> tuple[Access, ...]:
    """Puts objects of any size, in parts, and aborts unfinished multipart uploads."""
    return _writing(bucket, prefixes, ("s3:PutObject", "s3:AbortMultipartUpload"))


def _writing(bucket: s3.IBucket, prefixes: tuple[str, ...], actions: tuple[str, ...]) -> tuple[Access, ...]:
    return (
        Access(
            actions=actions,
            resources=_below(bucket, prefixes),
            wildcard=Acknowledged.OBJECTS_UNDER_A_PREFIX,
        ),
    )


def list_versions(bucket: s3.IBucket, *prefixes: str) -> Access:
    """Lists all versions of the objects below the prefixes."""
    return Access(
        actions=("s3:ListBucketVersions",),
        resources=(bucket.bucket_arn,),
        conditions={"StringLike": {"s3:prefix": [f"{prefix}*" for prefix in prefixes]}},
    )


def remove_versions(bucket: s3.IBucket, *prefixes: str) -> Access:
    """Deletes versions of objects below the prefixes for good."""
    return Access(
        actions=("s3:DeleteObjectVersion",),
        resources=_below(bucket, prefixes),
        wildcard=Acknowledged.OBJECTS_UNDER_A_PREFIX,
    )


def tag_objects(bucket: s3.IBucket, *prefixes: str) -> Access:
    """Gives objects below the prefixes tags, as they are put."""
    return Access(
        actions=("s3:PutObjectTagging",),
        resources=_below(bucket, prefixes),
        wildcard=Acknowledged.OBJECTS_UNDER_A_PREFIX,
    )


def follow_by_rule(stack: Stack, rule: str) -> Access:
    """Follows what a state machine started, by the rule that Step Functions makes for it."""
    arn = stack.format_arn(service="events", resource="rule", resource_name=rule)
    return Access(actions=("events:PutTargets", "events:PutRule", "events:DescribeRule"), resources=(arn,))


def run_children(stack: Stack, machine: str) -> tuple[Access, ...]:
    """Starts and follows the executions of a distributed Map of the state machine of this name."""
    own, children = (
        stack.format_arn(
            service="states",
            resource=resource,
            resource_name=name,
            arn_format=ArnFormat.COLON_RESOURCE_NAME,
        )
        for resource, name in (("stateMachine", machine), ("execution", f"{machine}/*"))
    )
    return (
        Access(actions=("states:StartExecution",), resources=(own,)),
        Access(
            actions=("states:DescribeExecution", "states:StopExecution"),
            resources=(children,),
            wildcard=Acknowledged.RUNS_NOT_YET_STARTED,
        ),
    )


def pass_roles(service: str, *roles: str) -> Access:
    """Passes the roles to one service and no other."""
    return Access(
        actions=("iam:PassRole",),
        resources=roles,
        conditions={"StringEquals": {"iam:PassedToService": service}},
    )


def read_items(table: dynamodb.ITable, *partitions: str) -> Access:
    """Gets items of the partitions by their key."""
    return _items(table, partitions, ("dynamodb:GetItem",))


def lookup_items(table: dynamodb.ITable, *partitions: str) -> Access:
    """Gets items of the partitions by their keys, many at once; of all where none is named."""
    return _items(table, partitions, ("dynamodb:BatchGetItem",))


def find_items(table: dynamodb.ITable, *partitions: str) -> Access:
    """Queries items of the partitions by a prefix of their sort key."""
    return _items(table, partitions, ("dynamodb:Query",))


def write_items(table: dynamodb.ITable, *partitions: str) -> Access:
    """Gets and puts whole items of the partitions."""
    return _items(table, partitions, ("dynamodb:GetItem", "dynamodb:PutItem"))


def put_items(table: dynamodb.ITable, *partitions: str) -> Access:
    """Puts whole items of the partitions, without reading any; of all where none is named."""
    return _items(table, partitions, ("dynamodb:PutItem",))


def update_items(table: dynamodb.ITable, *partitions: str) -> Access:
    """Updates attributes of items of the partitions."""
    return _items(table, partitions, ("dynamodb:UpdateItem",))


def _items(table: dynamodb.ITable, partitions: tuple[str, ...], actions: tuple[str, ...]) -> Access:
    """A partition that ends with an asterisk stands for all that begin so."""
    operator = "StringLike" if any("*" in partition for partition in partitions) else "StringEquals"
    keys = {f"ForAllValues:{operator}": {"dynamodb:LeadingKeys": list(partitions)}}
    return Access(actions=actions, resources=(table.table_arn,), conditions=keys if partitions else None)


def put_events(scope: Stack, *detail_types: str) -> Access:
    """Puts keepfit's events of these detail types on the account's default bus."""
    bus = scope.format_arn(service="events", resource="event-bus", resource_name="default")
    return Access(
        actions=("events:PutEvents",),
        resources=(bus,),
        conditions={
            "ForAllValues:StringEquals": {
                "events:source": SOURCE,
                "events:detail-type": list(detail_types),
            }
        },
    )


def put_metrics(namespace: str) -> Access:
    """Puts data points in one namespace; CloudWatch has no resource to narrow it to."""
    return Access(
        actions=("cloudwatch:PutMetricData",),
        resources=("*",),
        conditions={"StringEquals": {"cloudwatch:namespace": namespace}},
        wildcard=Acknowledged.METRICS_HAVE_NO_ADDRESS,
    )


def _below(bucket: s3.IBucket, prefixes: tuple[str, ...]) -> tuple[str, ...]:
    """A prefix ends with a slash and stands for all below it; anything else is the pattern of whole keys."""
    return tuple(
        bucket.arn_for_objects(f"{prefix}*" if prefix.endswith("/") else prefix) for prefix in prefixes
    )


def _as_reported(node: Any) -> str:
    """A resource as cdk-nag writes it in the id of a finding: references in angle brackets."""
    match node:
        case str():
            return node.replace("${", "<").replace("}", ">")
        case {"Fn::Join": [str(delimiter), list(items)]}:
            return delimiter.join(map(_as_reported, items))
        case {"Fn::GetAtt": [resource, attribute]}:
            return f"<{_as_reported(resource)}.{_as_reported(attribute)}>"
        case {"Ref": name}:
            return f"<{_as_reported(name)}>"
        case {"Fn::ImportValue": name} | {"Fn::Sub": name}:
            return _as_reported(name)
    raise ValueError(f"{node!r} is not a resource that a statement can be about")
