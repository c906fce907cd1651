"""Where events end that could not be delivered or handled."""

from __future__ import annotations

from functools import cached_property

from aws_cdk import Duration, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.acknowledgements import Acknowledged, acknowledge
from infra.constructs.alarm import AtLeast, alarm_when


class DeadLetterQueue(sqs.Queue):
    """Kept for two weeks; an alarm says when there is something in it.

    ``for_rules`` is what rules are given: each would add a statement of its own to the queue's policy, and SQS takes
    20.
    """

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

    @cached_property
    def for_rules(self) -> sqs.IQueue:
        """The queue with one statement for all rules of keepfit in this account; without it, no rule is let in."""
        stack = Stack.of(self)
        # CloudFormation names a rule after its stack, of which it may keep only the beginning.
        rules = stack.format_arn(service="events", resource="rule", resource_name="keepfit-*")
        self.add_to_resource_policy(
            iam.PolicyStatement(
                sid="RulesOfKeepfit",
                principals=[iam.ServicePrincipal("events.amazonaws.com")],
                actions=["sqs:SendMessage"],
                resources=[self.queue_arn],
                conditions={
                    "ArnLike": {"aws:SourceArn": rules},
                    "StringEquals": {"aws:SourceAccount": stack.account},
                },
            )
        )
        return sqs.Queue.from_queue_arn(self, "ForRules", self.queue_arn)
