"""The state of alarms on Amazon CloudWatch."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from keepfit.adapters.aws.clients import client, translated


@dataclass(frozen=True, slots=True)
class CloudWatchAlarms:
    """See ``training.ports.Alarms``."""

    def standing_since(self, alarm: str) -> datetime | None:
        with translated(f"alarm {alarm}"):
            found = client("cloudwatch").describe_alarms(AlarmNames=[alarm], AlarmTypes=["MetricAlarm"])
        for described in found["MetricAlarms"]:
            if described["StateValue"] == "ALARM":
                since: datetime = described.get(
                    "StateTransitionedTimestamp", described["StateUpdatedTimestamp"]
                )
                return since.astimezone(UTC)
        return None
