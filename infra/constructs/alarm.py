"""Alarms on one plain metric each."""

from __future__ import annotations

from dataclasses import dataclass

from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_sns as sns
from aws_cdk.aws_cloudwatch_actions import SnsAction
from constructs import Construct

from infra.settings import notify_topic


@dataclass(frozen=True, slots=True)
class AtLeast:
    """Alarms at ``value`` and above, for so many periods."""

    value: float
    periods: int = 1
    comparison = cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD


@dataclass(frozen=True, slots=True)
class FewerThan:
    """Alarms below ``value``, for so many periods."""

    value: float
    periods: int = 1
    comparison = cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD


def alarm_when(
    scope: Construct,
    construct_id: str,
    *,
    name: str,
    says: str,
    metric: cloudwatch.Metric,
    limit: AtLeast | FewerThan,
    silence: cloudwatch.TreatMissingData = cloudwatch.TreatMissingData.NOT_BREACHING,
) -> cloudwatch.Alarm:
    """An alarm after the periods beyond ``limit`` that it says; ``silence`` is what a period without data means.

    It tells ALARM and OK to the topic of the setting ``keepfit:notify``, if there is one.
    """
    alarm = cloudwatch.Alarm(
        scope,
        construct_id,
        alarm_name=name,
        alarm_description=says,
        metric=metric,
        threshold=limit.value,
        comparison_operator=limit.comparison,
        evaluation_periods=limit.periods,
        datapoints_to_alarm=limit.periods,
        treat_missing_data=silence,
    )
    if topic := notify_topic(scope):
        tell = SnsAction(sns.Topic.from_topic_arn(alarm, "Notify", topic))
        alarm.add_alarm_action(tell)
        alarm.add_ok_action(tell)
    return alarm
