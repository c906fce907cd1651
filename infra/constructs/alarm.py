"""Alarms on one plain metric each."""

from __future__ import annotations

from dataclasses import dataclass

from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct


@dataclass(frozen=True, slots=True)
class AtLeast:
    """Alarms at ``value`` and above."""

    value: float
    comparison = cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD


@dataclass(frozen=True, slots=True)
class FewerThan:
    """Alarms below ``value``."""

    value: float
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
    """An alarm after one period beyond ``limit``; ``silence`` is what a period without data means."""
    return cloudwatch.Alarm(
        scope,
        construct_id,
        alarm_name=name,
        alarm_description=says,
        metric=metric,
        threshold=limit.value,
        comparison_operator=limit.comparison,
        evaluation_periods=1,
        datapoints_to_alarm=1,
        treat_missing_data=silence,
    )
