"""Schedules of Amazon EventBridge Scheduler, in one group with one role and one dead-letter queue."""

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
_MAX_EVENT_AGE_S = 6 * 60 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheduling:
    """The ARNs of the role that invokes targets and of the dead-letter queue for failed invocations."""

    role: str
    dead_letter_queue: str


def schedule(
    scope: Construct,
    construct_id: str,
    *,
    description: str,
    rate: Duration,
    target: str,
    payload: dict[str, Any],
    scheduling: Scheduling,
) -> None:
    """A schedule that invokes ``target`` with ``payload`` at ``rate``, a number of whole minutes.

    A failed invocation is retried until the next one is due, and for six hours at most.
    """
    scheduler.CfnSchedule(
        scope,
        construct_id,
        description=description,
        group_name=GROUP,
        schedule_expression=events.Schedule.rate(CdkDuration.seconds(rate.seconds)).expression_string,
        flexible_time_window=scheduler.CfnSchedule.FlexibleTimeWindowProperty(mode="OFF"),
        target=scheduler.CfnSchedule.TargetProperty(
            arn=target,
            role_arn=scheduling.role,
            input=json.dumps(payload),
            retry_policy=scheduler.CfnSchedule.RetryPolicyProperty(
                maximum_retry_attempts=8, maximum_event_age_in_seconds=min(rate.seconds, _MAX_EVENT_AGE_S)
            ),
            dead_letter_config=scheduler.CfnSchedule.DeadLetterConfigProperty(
                arn=scheduling.dead_letter_queue
            ),
        ),
    )
