"""Composition root of `notify_people`: builds ``Notifying`` from environment variables."""

from __future__ import annotations

from importlib import import_module
from typing import Any, Final

import msgspec

from keepfit import instants, variables
from keepfit.adapters.aws.dynamodb_notices import DynamoNotices
from keepfit.adapters.aws.event_sender import EventSender
from keepfit.adapters.aws.s3_stack_files import read_stack_file
from keepfit.monitoring.notices.channel_definition import Channels
from keepfit.monitoring.notices.notice import Ignored
from keepfit.monitoring.notices.notifying import EVENT_BUS, Notifying
from keepfit.monitoring.notices.read_event import read_notice, trial_notice
from keepfit.monitoring.notices.records import Sender
from keepfit.runtime.settings import setting

# A name: only projects with channels may ask for what it takes, and are granted that.
_SENDERS: Final = "keepfit.runtime.channel_senders"


def notify(event: dict[str, Any]) -> dict[str, Any]:
    """Sends the notice of an event, once; of one with ``test``, that somebody tries the channels.

    Returns:
        The record of the notice; ``ignored``, the reason, for an event that nobody is told of.
    """
    notice = (
        trial_notice(str(event["test"]["who"]), instants.now()) if "test" in event else read_notice(event)
    )
    told = notice if isinstance(notice, Ignored) else notifying().tell(notice)
    answer: dict[str, Any] = msgspec.to_builtins(told)
    return answer


def notifying() -> Notifying:
    """Builds ``Notifying``. Raises NotFound where the stack left a variable out."""
    deployed = msgspec.json.decode(read_stack_file(setting(variables.DEFINITION)), type=Channels)
    topics = msgspec.json.decode(setting(variables.TOPICS), type=dict[str, str])
    senders: dict[str, Sender] = {
        name: _senders().sender(channel, topics.get(name)) for name, channel in deployed.channels.items()
    }
    return Notifying(
        channels=deployed.channels,
        senders={EVENT_BUS: EventSender(), **senders},
        records=DynamoNotices(table=setting(variables.REGISTRY_TABLE)),
        now=instants.now,
    )


def _senders() -> Any:
    return import_module(_SENDERS)
