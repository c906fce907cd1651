"""A notice: one change that a person must know of, and its text."""

from __future__ import annotations

from datetime import datetime
from typing import Final, Literal

import msgspec

from keepfit.instants import to_iso

NoticeKind = Literal["alarm", "approval", "release", "incident"]
PLATFORM: Final = "platform"
"""What a notice is about where it is about no model."""
_MAX_FACT: Final = 500


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """What changed, of which model, since when, its figures, and what to do next.

    ``about`` is the model, or ``platform``; ``subject`` is what changed: the name of an alarm, a run, a release, an
    incident. ``look`` is a command that shows more, ``link`` a page of the AWS console, None in an embedded cloud. A
    notice is ``of_test`` where a person tries the channels.
    """

    kind: NoticeKind
    about: str
    subject: str
    state: str
    title: str
    since: datetime
    facts: list[str]
    next: str
    look: str
    link: str | None = None
    of_test: bool = False

    @property
    def id(self) -> str:
        """The identity of this change among all of ``about``, however often announced; sorts by time."""
        return f"{to_iso(self.since)}#{self.kind}#{self.subject}#{self.state}"


class Ignored(msgspec.Struct, frozen=True, kw_only=True):
    """The reason why an event leads to no notice."""

    ignored: str


def lines(notice: Notice) -> list[str]:
    """The text of a notice below its title, line by line."""
    facts = [fact if len(fact) <= _MAX_FACT else f"{fact[:_MAX_FACT]}…" for fact in notice.facts]
    return [
        f"since {notice.since:%Y-%m-%d %H:%M} UTC",
        *facts,
        f"What to do: {notice.next}",
        f"Look: {notice.look}",
        *([notice.link] if notice.link else []),
    ]
