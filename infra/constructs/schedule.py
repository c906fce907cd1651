"""Schedules as EventBridge can keep them."""

from __future__ import annotations

from aws_cdk import Duration as CdkDuration
from aws_cdk import aws_events as events

from keepfit.errors import InvalidDefinition
from keepfit.instants import Duration


def every(duration: Duration, *, said_in: str) -> events.Schedule:
    """A schedule from a definition; ``said_in`` names its key there.

    Raises:
        InvalidDefinition: not a whole number of minutes.
    """
    if duration.seconds < 60 or duration.seconds % 60:
        raise InvalidDefinition(
            f"{said_in} is {duration}, and EventBridge keeps whole minutes: write '1m' or longer"
        )
    return events.Schedule.rate(CdkDuration.seconds(duration.seconds))
