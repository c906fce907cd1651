"""Notices as messages of an Amazon SNS topic, which sends them on as mail."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from keepfit.adapters.aws.clients import client, translated
from keepfit.monitoring.notices.notice import Notice, lines

# SNS takes ASCII of at most 100 characters as the subject of a mail.
_MAX_SUBJECT: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class SnsSender:
    """See ``monitoring.notices.records.Sender``; ``topic`` is an ARN."""

    topic: str

    def send(self, notice: Notice) -> None:
        subject = notice.title.encode("ascii", "replace").decode()[:_MAX_SUBJECT]
        with translated(f"the topic {self.topic}"):
            client("sns").publish(
                TopicArn=self.topic, Subject=subject, Message="\n".join([notice.title, *lines(notice)])
            )
