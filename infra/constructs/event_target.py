"""Functions as targets of event rules."""

from __future__ import annotations

from aws_cdk import Duration
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda as lambda_

from infra.constructs.dead_letter_queue import DeadLetterQueue


def retried(
    function: lambda_.IFunction, dead_letter_queue: DeadLetterQueue, *, attempts: int
) -> targets.LambdaFunction:
    """A target that is tried for six hours, and so many times more; events that are lost are kept."""
    return targets.LambdaFunction(
        function,
        dead_letter_queue=dead_letter_queue.for_rules,
        retry_attempts=attempts,
        max_event_age=Duration.hours(6),
    )
