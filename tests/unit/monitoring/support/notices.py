"""Events as they come over the bus, and notices of them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from keepfit.monitoring.notices.notice import Notice
from keepfit.monitoring.notices.read_event import read_notice

AT = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)
ON_AWS = {"id": "5c9b", "account": "123456789012", "region": "eu-west-1"}


def alarm_event(
    alarm: str = "keepfit-delay-drift",
    state: str = "ALARM",
    before: str = "OK",
    *,
    at: datetime = AT,
    values: list[float] | None = None,
) -> dict[str, Any]:
    """An event of CloudWatch; with ``values``, as it comes with figures."""
    data = {"recentDatapoints": values, "threshold": 0.25} if values is not None else {}
    return {
        **ON_AWS,
        "source": "aws.cloudwatch",
        "detail-type": "CloudWatch Alarm State Change",
        "detail": {
            "alarmName": alarm,
            "state": {
                "value": state,
                "reason": "Threshold Crossed: 1 datapoint",
                "reasonData": json.dumps(data),
                "timestamp": f"{at:%Y-%m-%dT%H:%M:%S}.000+0000",
            },
            "previousState": {"value": before, "timestamp": "2026-11-29T12:00:00.000+0000"},
            "configuration": {
                "description": "An input of delay moved.",
                "metrics": [{"id": "m1", "metricStat": {"metric": {"name": "worst_drift"}}}],
            },
        },
    }


def own_event(detail_type: str, **detail: Any) -> dict[str, Any]:
    """An event of keepfit's."""
    return {**ON_AWS, "source": "keepfit", "detail-type": detail_type, "detail": detail}


def notice(minute: int = 0, state: str = "ALARM", alarm: str = "keepfit-delay-drift") -> Notice:
    """The notice of an alarm that changed so many minutes after noon."""
    before = {"ALARM": "OK", "OK": "ALARM"}[state]
    read = read_notice(alarm_event(alarm, state, before, at=AT + timedelta(minutes=minute)))
    assert isinstance(read, Notice)
    return read
