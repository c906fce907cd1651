"""Triggers of trainings in words."""

from __future__ import annotations

from typing import Any

from keepfit.training.runs.triggers import Trigger

_DONE = {"withdrawal": "withdrawn", "again": "taken again", "forgetting": "rewritten without an entity"}


def trigger_words(trigger: Trigger) -> str:
    """The kind of a trigger, and its main detail."""
    detail = trigger.detail
    match trigger.kind:
        case "upload":
            words = f"{detail.get('dataset')}, version {detail.get('version')}{_caused(detail)}"
        case "alarm" if "waited_for" in detail:
            waited = detail["waited_for"]
            words = f"with {waited.get('dataset')}, version {waited.get('version')}, that it waited for"
        case "alarm":
            words = str(detail.get("alarm"))
        case "person":
            who = str(detail.get("by", "")).rpartition("/")[2]  # of an ARN, what a person calls the person
            words = ": ".join(part for part in (who, detail.get("why")) if part)
        case "node":
            words = f"{detail.get('model')}, version {detail.get('version')}"
        case "schedule" | "deployment":
            words = ""
    if trigger.retry:
        words = ", ".join(filter(None, [words, f"again after {detail['retry']['after']}"]))
    return f"{trigger.kind} ({words})" if words else trigger.kind


def _caused(detail: dict[str, Any]) -> str:
    """What a person did with an upload, and why; nothing where it just came."""
    cause, upload = detail.get("cause") or {}, detail.get("upload") or {}
    done = _DONE.get(cause.get("kind", ""))
    if not done:
        return ""
    return f": {upload.get('key')} {done}" + (f", {cause['why']}" if cause.get("why") else "")
