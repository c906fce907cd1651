"""The dead-letter queue of events that could not be delivered or handled."""

from __future__ import annotations

from functools import cached_property

from aws_cdk import Duration, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.acknowledgements import Acknowledged, acknowledge
from infra.constructs.alarm import AtLeast, metric_alarm


class DeadLetterQueue(sqs.Queue):
    """A dead-letter queue that keeps events for two weeks, with an alarm on its depth.

    Rules use ``for_rules``: each would add a statement of its own to the queue's policy, and SQS takes 20.
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
        metric_alarm(
            self,
            "NotEmpty",
            name=alarm_name,
            description="An event could not be handled and waits in the dead-letter queue; "
            "read it, then redrive or purge.",
            metric=self.metric_approximate_number_of_messages_visible(
                period=Duration.minutes(5), statistic="Maximum"
            ),
            threshold=AtLeast(1),
        )

    @cached_property
    def for_rules(self) -> sqs.IQueue:
        """The queue as rules see it: one statement lets in all rules of keepfit in this account."""
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
