"""Notices of alarms, from CloudWatch's events of changed states."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from keepfit.instants import from_iso
from keepfit.layout import NAMES
from keepfit.monitoring.notices.advice import advice
from keepfit.monitoring.notices.console import alarm_page
from keepfit.monitoring.notices.notice import PLATFORM, Ignored, Notice

SOUNDS, OVER = "ALARM", "OK"
_INCIDENT: Final = "incident"
_SHOWN: Final = 3


class _State(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    value: str
    timestamp: str
    reason: str = ""
    reason_data: str = "{}"


class _Change(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    alarm_name: str
    state: _State
    previous_state: _State
    configuration: dict[str, Any] = {}


def alarm_notice(event: Mapping[str, Any]) -> Notice | Ignored:
    """The notice of an alarm that sounds or is over.

    Raises:
        msgspec.ValidationError: an event that CloudWatch does not send.
    """
    change = msgspec.convert(event["detail"], _Change)
    about, _, alarm = change.alarm_name.removeprefix(NAMES).partition("-")
    if not change.alarm_name.startswith(NAMES) or not alarm:
        return Ignored(ignored=f"{change.alarm_name} is no alarm of keepfit's")
    if alarm == _INCIDENT:
        return Ignored(ignored="each incident is told by an event of its own, with its reason")
    state, before = change.state.value, change.previous_state.value
    if state != SOUNDS and (state, before) != (OVER, SOUNDS):
        return Ignored(ignored=f"from {before} to {state} nothing sounds and nothing is over")
    told, sounds = advice(alarm), state == SOUNDS
    name = "keepfit" if about == PLATFORM else about
    return Notice(
        kind="alarm",
        about=about,
        subject=change.alarm_name,
        state=state,
        title=f"{name}: the alarm {alarm} {'sounds' if sounds else 'is over'}",
        since=from_iso(change.state.timestamp),
        facts=[*_description(change), *_figures(change)],
        next=told.next if sounds else "nothing",
        look=told.look.format(model=about),
        link=alarm_page(event, change.alarm_name),
    )


def _description(change: _Change) -> list[str]:
    description = str(change.configuration.get("description") or "")
    return [description] if description and change.state.value == SOUNDS else []


def _figures(change: _Change) -> list[str]:
    """The newest values beside the threshold; what CloudWatch says in words, where it gives no figures."""
    try:
        data = msgspec.json.decode(change.state.reason_data, type=dict[str, Any])
        values = [f"{float(value):.6g}" for value in data["recentDatapoints"]][-_SHOWN:]
        threshold = f"{float(data['threshold']):.6g}"
    except (msgspec.DecodeError, KeyError, TypeError, ValueError):
        return [change.state.reason] if change.state.reason else []
    if not values:
        return [f"{_metric(change)}: no value came; the threshold is {threshold}"]
    return [f"{_metric(change)}: {', '.join(values)}; the threshold is {threshold}"]


def _metric(change: _Change) -> str:
    try:
        return str(change.configuration["metrics"][0]["metricStat"]["metric"]["name"])
    except (KeyError, IndexError, TypeError):
        return "the metric"
