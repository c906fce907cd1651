"""Where events end that could not be delivered or handled."""

from __future__ import annotations

from aws_cdk import Duration
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.acknowledgements import Acknowledged, acknowledge
from infra.constructs.alarm import AtLeast, alarm_when


class DeadLetterQueue(sqs.Queue):
    """Kept for two weeks; an alarm says when there is something in it."""

    def __init__(self, scope: Construct, construct_id: str, *, alarm_name: str) -> None:
        super().__init__(
            scope,
            construct_id,
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            retention_period=Duration.days(14),
        )
        acknowledge(self, Acknowledged.QUEUE_IS_A_DEAD_LETTER_QUEUE)
        alarm_when(
            self,
            "NotEmpty",
            name=alarm_name,
            says="An event could not be handled and waits in the dead-letter queue; read it, then redrive or purge.",
            metric=self.metric_approximate_number_of_messages_visible(
                period=Duration.minutes(5), statistic="Maximum"
            ),
            limit=AtLeast(1),
        )
