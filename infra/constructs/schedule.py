"""Schedules as EventBridge can keep them."""

from __future__ import annotations

from aws_cdk import Duration as CdkDuration
from aws_cdk import aws_events as events

from keepfit.instants import Duration


def every(duration: Duration) -> events.Schedule:
    """A schedule from a definition, where it is known to be of whole minutes."""
    return events.Schedule.rate(CdkDuration.seconds(duration.seconds))
