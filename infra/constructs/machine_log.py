"""The log of a state machine: every event with its data, for a month."""

from __future__ import annotations

from aws_cdk import RemovalPolicy
from aws_cdk import aws_logs as logs
from aws_cdk import aws_stepfunctions as stepfunctions
from constructs import Construct

from infra.acknowledgements import Acknowledged
from infra.constructs.access import Access

# Log delivery is set up by the machine itself; IAM knows no resource for any of these.
_LOG_DELIVERY = (
    "logs:CreateLogDelivery",
    "logs:GetLogDelivery",
    "logs:UpdateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:DescribeResourcePolicies",
    "logs:DescribeLogGroups",
)


def logging_of(scope: Construct, machine: str) -> stepfunctions.CfnStateMachine.LoggingConfigurationProperty:
    """Logs every event of the machine of this name with its data, for a month."""
    log_group = logs.LogGroup(
        scope,
        "Logs",
        # Below this name CloudWatch Logs needs no resource policy of its own, whose size is limited. It is the same
        # for the next deployment, which a group that had stayed behind would refuse; the history is the machine's.
        log_group_name=f"/aws/vendedlogs/states/{machine}",
        retention=logs.RetentionDays.ONE_MONTH,
        removal_policy=RemovalPolicy.DESTROY,
    )
    group = stepfunctions.CfnStateMachine.CloudWatchLogsLogGroupProperty(
        log_group_arn=log_group.log_group_arn
    )
    destination = stepfunctions.CfnStateMachine.LogDestinationProperty(cloud_watch_logs_log_group=group)
    return stepfunctions.CfnStateMachine.LoggingConfigurationProperty(
        level="ALL", include_execution_data=True, destinations=[destination]
    )


def deliver_logs() -> Access:
    """Sets the delivery of a machine's log up."""
    return Access(actions=_LOG_DELIVERY, resources=("*",), wildcard=Acknowledged.ACTION_WITHOUT_RESOURCES)
