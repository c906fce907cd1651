"""Alarms on Amazon CloudWatch: since when one is in ALARM."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from keepfit.adapters.aws.clients import client, translated
from keepfit.monitoring.ports import AlarmState


@dataclass(frozen=True, slots=True)
class CloudWatchAlarms:
    """See ``training.ports.Alarms`` and ``monitoring.ports.AlarmStates``."""

    def standing_since(self, alarm: str) -> datetime | None:
        with translated(f"alarm {alarm}"):
            response = client("cloudwatch").describe_alarms(AlarmNames=[alarm], AlarmTypes=["MetricAlarm"])
        for described in response["MetricAlarms"]:
            if described["StateValue"] == "ALARM":
                since: datetime = described.get(
                    "StateTransitionedTimestamp", described["StateUpdatedTimestamp"]
                )
                return since.astimezone(UTC)
        return None

    def states(self, alarms: Sequence[str]) -> dict[str, AlarmState]:
        with translated(f"the alarms {' and '.join(alarms)}"):
            response = client("cloudwatch").describe_alarms(
                AlarmNames=list(alarms), AlarmTypes=["MetricAlarm"]
            )
        states: dict[str, AlarmState] = {
            alarm["AlarmName"]: alarm["StateValue"] for alarm in response["MetricAlarms"]
        }
        return {alarm: states.get(alarm, "INSUFFICIENT_DATA") for alarm in alarms}
