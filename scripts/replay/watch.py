"""Waits for what the cloud does by itself: ingests, alarms, executions, log delivery. It starts nothing."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from replay.site import Site

_LOOK_EVERY_S = 0.2
_PATIENCE_S = 240.0


class TookTooLong(Exception):
    """Something that the cloud should do by itself did not happen in time."""


@dataclass(frozen=True, slots=True)
class Watch:
    """Looks at one model of one site."""

    site: Site

    def until(self, what: str, happened: Callable[[], Any], patience_s: float = _PATIENCE_S) -> Any:
        """The first truthy value of ``happened``.

        Raises:
            TookTooLong: it stayed falsy for ``patience_s`` seconds.
        """
        end = time.monotonic() + patience_s
        while not (value := happened()):
            if time.monotonic() > end:
                raise TookTooLong(
                    f"{what} did not happen within {patience_s:.0f} s; look at `keepfit status` and `keepfit runs`"
                )
            time.sleep(_LOOK_EVERY_S)
        return value

    def ingested(self, dataset: str, sha256: str) -> dict[str, Any]:
        """The record of an upload once its dataset version is announced."""
        return self.until(f"the ingest into {dataset}", lambda: self._announced(dataset, sha256))

    def executions(self) -> list[dict[str, Any]]:
        """All executions of the training state machine, newest first."""
        pages = self.site.client("stepfunctions").get_paginator("list_executions")
        return [
            e
            for page in pages.paginate(stateMachineArn=self.site.output("StateMachine"))
            for e in page["executions"]
        ]

    def settled(self, at_least: int, meanwhile: Callable[[], None] = lambda: None) -> list[dict[str, Any]]:
        """The executions once there are ``at_least`` so many and none runs; ``meanwhile`` is called at each look."""

        def all_done() -> list[dict[str, Any]] | None:
            meanwhile()
            executions = self.executions()
            done = len(executions) >= at_least and all(e["status"] != "RUNNING" for e in executions)
            return executions if done else None

        return self.until("the end of the training runs", all_done)  # type: ignore[no-any-return]

    def alarm_is(self, state: str) -> None:
        """Returns once the drift alarm is in ``state`` (OK or ALARM)."""
        self.until(f"the drift alarm's change to {state}", lambda: self.alarm_state() == state, patience_s=60)

    def alarm_state(self) -> str:
        """OK, ALARM or INSUFFICIENT_DATA."""
        return str(self._alarm()["StateValue"])

    def alarm_threshold(self) -> float:
        """The drift score from which the alarm sounds."""
        return float(self._alarm()["Threshold"])

    def canary_is_live(self) -> bool:
        """Whether a challenger answers a share of the requests at the moment."""
        alias = self.site.client("lambda").get_alias(
            FunctionName=self.site.output("PredictFunction"), Name="live"
        )
        return bool((alias.get("RoutingConfig") or {}).get("AdditionalVersionWeights"))

    def logs_delivered(self, quiet_s: float = 2.0) -> None:
        """Returns once no prediction log has arrived in the lake for ``quiet_s`` seconds."""
        seen, since = -1, time.monotonic()

        def quiet() -> bool:
            nonlocal seen, since
            count = self._log_objects()
            if count != seen:
                seen, since = count, time.monotonic()
            return time.monotonic() - since >= quiet_s

        self.until("the delivery of the prediction log", quiet)

    def _alarm(self) -> dict[str, Any]:
        found = self.site.client("cloudwatch").describe_alarms(AlarmNames=[self.site.output("DriftAlarm")])
        return dict(found["MetricAlarms"][0])

    def _log_objects(self) -> int:
        pages = self.site.client("s3").get_paginator("list_objects_v2")
        prefix = f"prediction-log/{self.site.model}/"
        found = pages.paginate(Bucket=self.site.platform("LakeBucket"), Prefix=prefix)
        return sum(len(page.get("Contents", [])) for page in found)

    def _announced(self, dataset: str, sha256: str) -> dict[str, Any] | None:
        table = self.site.platform("RegistryTable")
        key = {"pk": {"S": f"dataset#{dataset}"}, "sk": {"S": f"file#{sha256}"}}
        item = (
            self.site.client("dynamodb").get_item(TableName=table, Key=key, ConsistentRead=True).get("Item")
        )
        return item if item and item["status"]["S"] == "announced" else None
