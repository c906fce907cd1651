"""CloudWatch alarms on one metric each, with a threshold and a notification."""

from __future__ import annotations

from dataclasses import dataclass

from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_sns as sns
from aws_cdk.aws_cloudwatch_actions import SnsAction
from constructs import Construct

from infra.settings import notify_topic


@dataclass(frozen=True, slots=True)
class AtLeast:
    """The threshold of an alarm at ``value`` and above, in ``datapoints`` of ``periods``, all by default."""

    value: float
    periods: int = 1
    datapoints: int | None = None
    operator = cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD


@dataclass(frozen=True, slots=True)
class LessThan:
    """The threshold of an alarm below ``value``, in ``datapoints`` of ``periods``, all by default."""

    value: float
    periods: int = 1
    datapoints: int | None = None
    operator = cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD


def metric_alarm(
    scope: Construct,
    construct_id: str,
    *,
    name: str,
    description: str,
    metric: cloudwatch.Metric,
    threshold: AtLeast | LessThan,
    treat_missing_data: cloudwatch.TreatMissingData = cloudwatch.TreatMissingData.NOT_BREACHING,
) -> cloudwatch.Alarm:
    """An alarm on one metric that notifies the topic of the setting ``keepfit:notify``, if any.

    It changes to ALARM when M of the last N periods are beyond ``threshold``, and notifies of ALARM and OK.
    """
    alarm = cloudwatch.Alarm(
        scope,
        construct_id,
        alarm_name=name,
        alarm_description=description,
        metric=metric,
        threshold=threshold.value,
        comparison_operator=threshold.operator,
        evaluation_periods=threshold.periods,
        datapoints_to_alarm=threshold.datapoints or threshold.periods,
        treat_missing_data=treat_missing_data,
    )
    if topic := notify_topic(scope):
        notify = SnsAction(sns.Topic.from_topic_arn(alarm, "Notify", topic))
        alarm.add_alarm_action(notify)
        alarm.add_ok_action(notify)
    return alarm
