"""The definition of a channel: to whom notices go, and which."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from keepfit.monitoring.notices.notice import Notice, NoticeKind

_ADDRESS = r"^[^@\s<>]+@[^@\s<>]+\.[A-Za-z0-9-]+$"
# Of a standard topic; one that is first-in-first-out takes no mail addresses.
_TOPIC = r"^arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256}$"
_PARAMETER = r"^/[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*$"


class ChannelDefinition(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where notices of what people must know go: by `mail`, to a `topic` or to a `webhook`."""

    mail: Annotated[
        list[Annotated[str, Meta(pattern=_ADDRESS)]],
        Meta(description="addresses, each of which SNS asks once whether it wants mail"),
    ] = []
    topic: Annotated[
        Annotated[str, Meta(pattern=_TOPIC)] | None,
        Meta(description="the ARN of a standard SNS topic of your own"),
    ] = None
    webhook: Annotated[
        Annotated[str, Meta(pattern=_PARAMETER)] | None,
        Meta(
            description='the name of a SecureString in Parameter Store that holds the URL to which `{"text": …}` is '
            "posted, as Slack, Mattermost and others take it"
        ),
    ] = None
    models: Annotated[
        list[str], Meta(description="tells of these models alone; left out, of all, and of the platform")
    ] = []
    about: Annotated[
        list[NoticeKind], Meta(description="tells of changes of these kinds alone; left out, of all")
    ] = []

    @property
    def sinks(self) -> list[str]:
        """The keys that say where notices go, of which a channel has one."""
        return [name for name in ("mail", "topic", "webhook") if getattr(self, name)]

    def takes(self, notice: Notice) -> bool:
        """Whether the notice goes by this channel."""
        return notice.of_test or (
            (not self.models or notice.about in self.models) and (not self.about or notice.kind in self.about)
        )


class Channels(msgspec.Struct, frozen=True, kw_only=True):
    """Every channel of a project by its name."""

    channels: dict[str, ChannelDefinition] = {}
