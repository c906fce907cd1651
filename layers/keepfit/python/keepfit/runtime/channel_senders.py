"""Senders of notices by the channels that a project defines."""

from __future__ import annotations

from keepfit.adapters.aws.secure_parameter import SecureParameter
from keepfit.adapters.aws.sns_sender import SnsSender
from keepfit.adapters.http.webhook_sender import WebhookSender
from keepfit.monitoring.notices.channel_definition import ChannelDefinition
from keepfit.monitoring.notices.records import Sender


def sender(channel: ChannelDefinition, own_topic: str | None) -> Sender:
    """The sender of a channel; ``own_topic`` is the one of the stack, by which mail goes."""
    if channel.webhook is not None:
        return WebhookSender(url=SecureParameter(name=channel.webhook).read)
    return SnsSender(topic=channel.topic or own_topic or "")
