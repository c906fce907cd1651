"""Notices of releases: one that waits for a person, and one that was made or rolled back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from keepfit.layout import ModelScope
from keepfit.monitoring.notices.console import dashboard_page
from keepfit.monitoring.notices.notice import Ignored, Notice


class _Asked(msgspec.Struct, frozen=True, kw_only=True):
    model: str
    version: int
    run_id: str
    expires_at: datetime
    asked_at: datetime
    asked_by: str | None = None


class _Moved(msgspec.Struct, frozen=True, kw_only=True):
    """An entry of the ledger that moved the alias; see ``registry.ledger.Move``."""

    model: str
    seq: int
    at: datetime
    action: str
    version: int
    previous_version: int | None
    who: str
    why: str
    run_id: str | None


def approval_notice(event: Mapping[str, Any]) -> Notice:
    """The notice of a release that waits for a person."""
    asked = msgspec.convert(event["detail"], _Asked)
    by = f", asked for by {asked.asked_by}" if asked.asked_by else ""
    return Notice(
        kind="approval",
        about=asked.model,
        subject=asked.run_id,
        state="waits",
        title=f"{asked.model}: version {asked.version} waits for your approval",
        since=asked.asked_at,
        facts=[
            f"run {asked.run_id}{by}",
            f"it waits until {asked.expires_at:%Y-%m-%d %H:%M} UTC; then the champion stays",
        ],
        next=f"keepfit approvals approve {asked.model} --why …, or refuse",
        look=f"keepfit runs show {asked.run_id}",
        link=dashboard_page(event, ModelScope(asked.model).stack),
    )


def release_notice(event: Mapping[str, Any]) -> Notice | Ignored:
    """The notice of a release that answers every client from now on, or no longer any."""
    moved = msgspec.convert(event["detail"], _Moved)
    if moved.action == "canary":
        return Ignored(ignored="a canary is no release yet: it ends as one, or is rolled back")
    what, instead, next_step = _told(moved)
    return Notice(
        kind="release",
        about=moved.model,
        subject=f"{moved.seq:06}",
        state=moved.action,
        title=f"{moved.model}: version {moved.version} {what}",
        since=moved.at,
        facts=[*instead, f"by {moved.who}: {moved.why}"],
        next=next_step,
        look=f"keepfit ledger {moved.model}",
        link=dashboard_page(event, ModelScope(moved.model).stack),
    )


def _told(moved: _Moved) -> tuple[str, list[str], str]:
    """What happened to the version, what serves beside or instead of it, and what to do."""
    before = moved.previous_version
    if moved.action == "roll back":
        stays = [f"version {before} answers every request"] if before is not None else []
        return "was rolled back from its canary", stays, "nothing; the reason says why"
    instead = [f"instead of version {before}"] if before not in (None, moved.version) else []
    if moved.action == "restore":
        return "was brought back", instead, "nothing, if you know why"
    back = "nothing" if before is None else f"nothing; `keepfit rollback {moved.model} --why …` goes back"
    return "is released", instead, back
