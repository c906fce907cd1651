"""The CloudWatch metrics that the monitor publishes, for alarms and graphs."""

from __future__ import annotations

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch

from infra.model_context import ModelContext
from keepfit.monitoring import metrics

# Points come up to a minute late: a shorter period would be over before its point is seen.
_PERIOD = Duration.minutes(1)


def monitor_metric(
    context: ModelContext, name: str, *, statistic: str = "Maximum", period: Duration = _PERIOD
) -> cloudwatch.Metric:
    """A metric that the monitor of a model publishes."""
    return cloudwatch.Metric(
        namespace=metrics.NAMESPACE,
        metric_name=name,
        dimensions_map={metrics.DIMENSION: context.model.name},
        statistic=statistic,
        period=period,
    )
