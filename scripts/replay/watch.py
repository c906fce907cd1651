"""Waits for ingests, alarms, executions and log delivery of the cloud; starts nothing."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from cli.exits import CommandError, Exit
from cli.places.deployment import Deployment
from keepfit.features.datasets.records import FileRecord
from keepfit.layout import ModelScope

Seen = TypeVar("Seen")

_POLL_S = 0.2
_TIMEOUT_S = 240.0
_MAX_EVENTS_SHOWN = 6


class TookTooLong(CommandError):
    """An event that the cloud should bring about by itself did not happen in time."""

    def __init__(self, message: str) -> None:
        super().__init__(message, Exit.UNFINISHED)


@dataclass(frozen=True, slots=True)
class Watch:
    """Observes one model of one deployment."""

    deployment: Deployment
    model: str

    def until(self, what: str, happened: Callable[[], Seen | None], timeout_s: float = _TIMEOUT_S) -> Seen:
        """The first truthy value of ``happened``.

        Raises:
            TookTooLong: it stayed falsy for ``timeout_s`` seconds; says where every execution under way stands.
        """
        end = time.monotonic() + timeout_s
        while not (value := happened()):
            if time.monotonic() > end:
                raise TookTooLong(
                    f"{what} did not happen within {timeout_s:.0f} s; {self._under_way()}; "
                    "look at `keepfit status` and `keepfit runs`"
                )
            time.sleep(_POLL_S)
        return value

    def ingested(self, dataset: str, sha256: str) -> FileRecord:
        """The record of an upload once its dataset version is announced."""
        return self.until(f"the ingest into {dataset}", lambda: self._announced(dataset, sha256))

    def executions(self) -> list[dict[str, Any]]:
        """All executions of the training state machine, newest first."""
        pages = self.deployment.place.client("stepfunctions").get_paginator("list_executions")
        return [
            e
            for page in pages.paginate(stateMachineArn=self._output("StateMachine"))
            for e in page["executions"]
        ]

    def settled(self, at_least: int, meanwhile: Callable[[], None] = lambda: None) -> list[dict[str, Any]]:
        """The executions once there are ``at_least`` so many and none runs."""

        def all_done() -> list[dict[str, Any]] | None:
            meanwhile()
            executions = self.executions()
            done = len(executions) >= at_least and all(e["status"] != "RUNNING" for e in executions)
            return executions if done else None

        return self.until("the end of the training runs", all_done)

    def alarm_is(self, state: str) -> None:
        """Waits until the drift alarm is in ``state`` (OK or ALARM)."""
        self.until(f"the drift alarm's change to {state}", lambda: self.alarm_state() == state, timeout_s=60)

    def alarm_state(self) -> str:
        """The state of the drift alarm: OK, ALARM or INSUFFICIENT_DATA."""
        return str(self._alarm()["StateValue"])

    def alarm_threshold(self) -> float:
        """The drift score at which the alarm starts."""
        return float(self._alarm()["Threshold"])

    def canary_is_live(self) -> bool:
        """Whether a challenger answers a share of the requests at the moment."""
        return self.deployment.routing(self.model).canary is not None

    def logs_delivered(self, quiet_s: float = 2.0) -> None:
        """Waits until no prediction log has arrived in the lake for ``quiet_s`` seconds."""
        seen, since = -1, time.monotonic()

        def quiet() -> bool:
            nonlocal seen, since
            count = self._log_objects()
            if count != seen:
                seen, since = count, time.monotonic()
            return time.monotonic() - since >= quiet_s

        self.until("the delivery of the prediction log", quiet)

    def _under_way(self) -> str:
        """Each running execution with its latest events, newest first."""
        running = [each for each in self.executions() if each["status"] == "RUNNING"]
        if not running:
            return "no execution is under way"
        return "under way: " + "; ".join(f"{each['name']} at {self._last_events(each)}" for each in running)

    def _last_events(self, execution: dict[str, Any]) -> str:
        history = self.deployment.place.client("stepfunctions").get_execution_history(
            executionArn=execution["executionArn"], reverseOrder=True, maxResults=_MAX_EVENTS_SHOWN
        )
        return ", ".join(_told(event) for event in history["events"])

    def _alarm(self) -> dict[str, Any]:
        found = self.deployment.place.client("cloudwatch").describe_alarms(
            AlarmNames=[self._output("DriftAlarm")]
        )
        return dict(found["MetricAlarms"][0])

    def _log_objects(self) -> int:
        pages = self.deployment.place.client("s3").get_paginator("list_objects_v2")
        prefix = ModelScope(self.model).prediction_log
        found = pages.paginate(Bucket=self.deployment.platform("LakeBucket"), Prefix=prefix)
        return sum(len(page.get("Contents", [])) for page in found)

    def _announced(self, dataset: str, sha256: str) -> FileRecord | None:
        record = self.deployment.datasets.file(dataset, sha256)
        return record if record and record.status == "announced" else None

    def _output(self, name: str) -> str:
        return self.deployment.model(self.model)[name]


def _told(event: dict[str, Any]) -> str:
    """An event of an execution's history in a few words: when, what, and in which state."""
    state = event.get("stateEnteredEventDetails") or event.get("stateExitedEventDetails") or {}
    return " ".join(filter(None, [f"{event['timestamp']:%H:%M:%S}", event["type"], state.get("name")]))
