"""Schedules of Amazon EventBridge Scheduler, all in one group with one role and one dead-letter queue."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from aws_cdk import Duration as CdkDuration
from aws_cdk import aws_events as events
from aws_cdk import aws_scheduler as scheduler
from constructs import Construct

from keepfit.instants import Duration

GROUP = "keepfit"
_PATIENCE_S = 6 * 60 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheduling:
    """The ARNs of the role that invokes what is scheduled, and of the queue for what could not be invoked."""

    role: str
    missed: str


def schedule(
    scope: Construct,
    construct_id: str,
    *,
    says: str,
    every: Duration,
    target: str,
    asks: dict[str, Any],
    by: Scheduling,
) -> None:
    """Asks ``target`` every so often, known to be whole minutes.

    Where it cannot be reached it is asked again until its next turn, and for six hours at most.
    """
    scheduler.CfnSchedule(
        scope,
        construct_id,
        description=says,
        group_name=GROUP,
        schedule_expression=events.Schedule.rate(CdkDuration.seconds(every.seconds)).expression_string,
        flexible_time_window=scheduler.CfnSchedule.FlexibleTimeWindowProperty(mode="OFF"),
        target=scheduler.CfnSchedule.TargetProperty(
            arn=target,
            role_arn=by.role,
            input=json.dumps(asks),
            retry_policy=scheduler.CfnSchedule.RetryPolicyProperty(
                maximum_retry_attempts=8, maximum_event_age_in_seconds=min(every.seconds, _PATIENCE_S)
            ),
            dead_letter_config=scheduler.CfnSchedule.DeadLetterConfigProperty(arn=by.missed),
        ),
    )
