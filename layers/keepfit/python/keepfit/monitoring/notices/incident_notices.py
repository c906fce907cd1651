"""Notices of incidents: what stopped the automatic trainings of a model, and what ended that."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import msgspec

from keepfit.layout import ModelScope
from keepfit.monitoring.notices.console import dashboard_page
from keepfit.monitoring.notices.notice import Notice

_MOST_RUNS: Final = 5


class _Told(msgspec.Struct, frozen=True, kw_only=True):
    """An incident; see ``training.runs.incidents.Incident``, of which monitoring knows the document."""

    kind: str
    opened_at: datetime
    cause: str
    attempts: int
    runs: list[str]
    reason: str
    closed_at: datetime | None = None
    closed_by: str | None = None
    why: str | None = None


class _Detail(msgspec.Struct, frozen=True, kw_only=True):
    model: str
    incident: _Told


def incident_notice(event: Mapping[str, Any]) -> Notice:
    """The notice of an incident that was opened, or closed."""
    detail = msgspec.convert(event["detail"], _Detail)
    model, incident = detail.model, detail.incident
    closed = incident.closed_at is not None
    return Notice(
        kind="incident",
        about=model,
        subject=f"{incident.kind}, {incident.cause}, {incident.opened_at:%Y%m%dT%H%M%S}",
        state="closed" if closed else "open",
        title=f"{model}: {_title(incident)}",
        since=incident.closed_at or incident.opened_at,
        facts=_facts(incident),
        next="nothing"
        if closed
        else f"mend the cause, then keepfit incidents close {model} --why …; the champion serves on",
        look=f"keepfit incidents {model}{' --all' if closed else ''}",
        link=dashboard_page(event, ModelScope(model).stack),
    )


def _title(incident: _Told) -> str:
    stopped = (
        f"{incident.cause} starts no training any more"
        if incident.kind == "no gain"
        else ("trainings keep failing, and none is started by itself")
    )
    return f"the incident is closed: {incident.kind}" if incident.closed_at else stopped


def _facts(incident: _Told) -> list[str]:
    if incident.closed_at:
        return [f"by {incident.closed_by}: {incident.why}"]
    runs = ", ".join(incident.runs[-_MOST_RUNS:])
    return [incident.reason, f"attempts: {incident.attempts}; the newest runs: {runs or 'none'}"]
