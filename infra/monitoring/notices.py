"""Notices: the function that sends them, the topics of mail, and the rules that call it."""

from __future__ import annotations

from typing import Any

from aws_cdk import Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_events as events
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from infra.acknowledgements import Acknowledged, acknowledge
from infra.constructs.access import Access, find_items, put_events, write_items
from infra.constructs.dead_letter_queue import DeadLetterQueue
from infra.constructs.definition_file import DefinitionFile
from infra.constructs.event_target import retried
from infra.constructs.function import FunctionProps, HandlerFunction
from infra.constructs.layers import Layers
from infra.platform_exports import STACK
from keepfit import variables
from keepfit.events import (
    ALARM_CHANGED,
    ALIAS_MOVED,
    APPROVAL_ASKED,
    INCIDENT_CLOSED,
    INCIDENT_OPENED,
    NOTICE_GIVEN,
    SOURCE,
)
from keepfit.layout import NAMES, NOTICE_PARTITIONS
from keepfit.monitoring.notices.alarm_notices import OVER, SOUNDS
from keepfit.monitoring.notices.channel_definition import Channels

_ANY_NOTICE = f"{NOTICE_PARTITIONS}*"


class Notices(Construct):
    """``function`` sends notices of alarms, approvals, releases and incidents by ``channels``.

    A channel of mail has a topic, to which each of its addresses subscribes. The URL of a webhook is in a parameter
    that people make themselves: the template holds its name alone.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        channels: Channels,
        registry: dynamodb.ITable,
        layers: Layers,
    ) -> None:
        super().__init__(scope, construct_id)
        stack = Stack.of(self)
        definition = DefinitionFile(self, "Channels", definition=channels, name="channels")
        topics = self._topics(channels)
        lost = DeadLetterQueue(self, "Untold", alarm_name=f"{STACK}-untold-notices")
        self.function: lambda_.Function = HandlerFunction(
            self,
            "NotifyPeople",
            # Webhooks that are down take most of a minute each, one after the other.
            props=FunctionProps(name="notify_people", layers=("keepfit", "powertools"), timeout_s=300),
            layers=layers,
            environment={
                variables.REGISTRY_TABLE: registry.table_name,
                variables.TOPICS: stack.to_json_string(
                    {name: each.topic_arn for name, each in topics.items()}
                ),
                **definition.environment,
            },
            access=[
                definition.read_access,
                write_items(registry, _ANY_NOTICE),
                find_items(registry, _ANY_NOTICE),
                put_events(stack, NOTICE_GIVEN),
                *_publish(channels, topics),
                *_read_addresses(stack, channels),
            ],
            dead_letter_queue=lost,
        ).function
        self._target = retried(self.function, lost, attempts=8)
        changed = {"alarmName": [{"prefix": NAMES}], "state": {"value": [SOUNDS, OVER]}}
        self._on("Alarms", "aws.cloudwatch", [ALARM_CHANGED], changed)
        self._on("Happened", SOURCE, [APPROVAL_ASKED, ALIAS_MOVED, INCIDENT_OPENED, INCIDENT_CLOSED])

    def _topics(self, channels: Channels) -> dict[str, sns.Topic]:
        """The topic of each channel of mail, by the channel's name."""
        key = kms.Alias.from_alias_name(self, "Key", "alias/aws/sns")
        return {
            name: self._topic(name, channel.mail, key)
            for name, channel in sorted(channels.channels.items())
            if channel.mail
        }

    def _topic(self, name: str, addresses: list[str], key: kms.IAlias) -> sns.Topic:
        topic = sns.Topic(
            self,
            "".join(word.capitalize() for word in name.split("_")),
            display_name="keepfit",
            enforce_ssl=True,
            master_key=key,
        )
        for address in addresses:
            topic.add_subscription(subscriptions.EmailSubscription(address))
        acknowledge(topic, Acknowledged.MAIL_IS_TRIED_BY_SNS)
        return topic

    def _on(
        self, construct_id: str, source: str, detail_type: list[str], detail: dict[str, Any] | None = None
    ) -> None:
        pattern = events.EventPattern(source=[source], detail_type=detail_type, detail=detail)
        events.Rule(self, construct_id, event_pattern=pattern, targets=[self._target])


def _publish(channels: Channels, own: dict[str, sns.Topic]) -> list[Access]:
    """Publishes on the topics of the channels, and on no other."""
    others = sorted({channel.topic for channel in channels.channels.values() if channel.topic})
    topics = [*(topic.topic_arn for topic in own.values()), *others]
    return [Access(actions=("sns:Publish",), resources=tuple(topics))] if topics else []


def _read_addresses(stack: Stack, channels: Channels) -> list[Access]:
    """Reads the parameters that hold the addresses of webhooks."""
    names = sorted({channel.webhook for channel in channels.channels.values() if channel.webhook})
    arns = [
        stack.format_arn(service="ssm", resource="parameter", resource_name=name.removeprefix("/"))
        for name in names
    ]
    return [Access(actions=("ssm:GetParameter",), resources=tuple(arns))] if arns else []
