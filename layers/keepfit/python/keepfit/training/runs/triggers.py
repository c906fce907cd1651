"""Triggers of runs: one value for uploads, alarms, schedules, deployments and people."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

import msgspec

from keepfit import events
from keepfit.errors import NotFound
from keepfit.instants import from_iso

Kind = Literal["upload", "alarm", "schedule", "deployment", "node", "person"]


Cause = Literal["person", "decay", "drift", "upload", "schedule", "release"]
"""Why a run is wanted; ``release`` of those that learn nothing and that nobody asked for."""

# What waits is answered in this order: a person asked by name; a model that does badly is worse than one that may; new
# data is better than a date.
_PRIORITY: dict[Cause, int] = {"person": 5, "decay": 4, "drift": 3, "upload": 2, "schedule": 1, "release": 0}
_DECAY_ALARM = "-decay"
_RELEASING: tuple[Kind, ...] = ("person", "deployment", "node")


_DIGEST = re.compile(r"[0-9a-f]{64}")


class Trigger(msgspec.Struct, frozen=True, kw_only=True):
    """An event that requests a training, or the release of a registered version.

    ``id`` is the event's own and stays the same when the event is delivered twice. ``kept`` marks a trigger that was
    refused while a run was under way and is asked again by that run's end. The ``detail`` of another attempt has the
    first attempt's id and the failed run under ``retry``.
    """

    kind: Kind
    id: str
    at: datetime
    detail: dict[str, Any] = {}
    kept: bool = False

    @property
    def forced(self) -> bool:
        """Whether a person requests the training despite cooldown, daily cap and known data."""
        return self.kind == "person" and bool(self.detail.get("force"))

    @property
    def retry(self) -> bool:
        """Whether it asks for what a run has failed at."""
        return "retry" in self.detail

    @property
    def insists(self) -> bool:
        """Whether a newer trigger of the same cause may not take its place."""
        return self.forced or self.retry

    @property
    def cause(self) -> Cause:
        """Why a run is wanted."""
        match self.kind:
            case "alarm":
                return "decay" if str(self.detail.get("alarm", "")).endswith(_DECAY_ALARM) else "drift"
            case "deployment" | "node":
                return "release"
        return self.kind

    @property
    def priority(self) -> int:
        """Which of several that wait is answered first: the greatest."""
        return _PRIORITY[self.cause]

    @property
    def release(self) -> int | None:
        """The registered version that is to be released; None for every training."""
        return self.detail.get("release") if self.kind in _RELEASING else None

    @property
    def imported(self) -> str | None:
        """The digest of a finished model that a person wants judged; None where a run is to train."""
        return self.detail.get("imported") if self.kind == "person" else None

    @property
    def learns(self) -> bool:
        """Whether a run of this trigger trains."""
        return self.kind not in ("deployment", "node") and self.release is None and self.imported is None

    @property
    def dataset(self) -> str | None:
        """The dataset of an upload; None for every other kind."""
        return self.detail.get("dataset") if self.kind == "upload" else None

    @property
    def removal(self) -> str | None:
        """What took rows out of the dataset of an upload's trigger; None where some were added."""
        kind = self._cause.get("kind")
        return kind if kind in ("withdrawal", "forgetting") else None

    @property
    def forgets(self) -> bool:
        """Whether rows were forgotten that what serves may have learned from."""
        return self.removal == "forgetting"

    @property
    def wants_training(self) -> bool:
        """False for a removal that asked for none."""
        return bool(self._cause.get("train", True))

    @property
    def _cause(self) -> Mapping[str, Any]:
        return (self.detail.get("cause") if self.kind == "upload" else None) or {}

    def again(self, *, failed_run: str, attempt: int) -> Trigger:
        """The same trigger for another ``attempt``, after ``failed_run``; equal for equal arguments."""
        first = self.detail["retry"]["of"] if self.retry else self.id
        retry = {"of": first, "after": failed_run}
        return msgspec.structs.replace(
            self, id=f"{first}:{failed_run}:{attempt}", detail={**self.detail, "retry": retry}
        )


def read_trigger(event: Mapping[str, Any]) -> Trigger:
    """Parses the trigger in an EventBridge event, as rules and people send it.

    Raises:
        NotFound: an event that is no trigger, or lacks a part of one.
    """
    try:
        return _read(event)
    except (KeyError, TypeError, ValueError, msgspec.ValidationError) as error:
        raise NotFound(
            f"no trigger can be read from the event {event.get('detail-type')!r} of {event.get('source')!r} "
            f"({type(error).__name__}: {error}); send one of the events that the model's rules send"
        ) from error


def _read(event: Mapping[str, Any]) -> Trigger:
    detail = dict(event["detail"])
    match event["source"], event["detail-type"]:
        case events.SOURCE, kind:
            return _of_keepfit(kind, event, detail)
        case events.PERSON, (events.TRAINING_REQUESTED | events.RELEASE_REQUESTED) as wish:
            release = {"release": int(detail["release"])} if wish == events.RELEASE_REQUESTED else {}
            if "imported" in detail and not _DIGEST.fullmatch(str(detail["imported"])):
                raise ValueError("imported is no SHA-256 digest in hex")
            return _trigger("person", event, {**detail, **release})
    return _read_of_aws(event, detail)


def _read_of_aws(event: Mapping[str, Any], detail: Mapping[str, Any]) -> Trigger:
    match event["source"], event["detail-type"]:
        case "aws.cloudwatch", events.ALARM_CHANGED:
            return _trigger("alarm", event, {"alarm": detail["alarmName"], "state": detail["state"]["value"]})
        case events.CLOUDFORMATION, events.STACK_CHANGED:
            status = detail["status-details"]["status"]
            return _trigger("deployment", event, {"stack": detail["stack-id"], "status": status})
        case _, "Scheduled Event":
            return _trigger("schedule", event, {})
    raise ValueError("unknown kind of event")


def _of_keepfit(kind: str, event: Mapping[str, Any], detail: dict[str, Any]) -> Trigger:
    """The trigger in an event that keepfit's own functions send."""
    match kind:
        case events.RETRAINING_REQUESTED:
            kept = msgspec.convert(detail["trigger"], Trigger)
            return msgspec.structs.replace(kept, kept=True)
        case events.DATASET_UPDATED:
            return _trigger("upload", event, {"dataset": detail["dataset"], **detail})
        case events.ALARM_STANDING:
            return _trigger("alarm", event, {"alarm": detail["alarm"], "since": detail.get("since")})
        case events.CHAMPION_CHANGED:
            return _trigger("node", event, {"model": detail["model"], "version": detail["version"]})
    raise ValueError("unknown kind of event")


def _trigger(kind: Kind, event: Mapping[str, Any], detail: dict[str, Any]) -> Trigger:
    return Trigger(kind=kind, id=str(event["id"]), at=from_iso(event["time"]), detail=detail)
