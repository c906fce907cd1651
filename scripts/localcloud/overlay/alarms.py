"""Evaluates alarms as CloudWatch does, and sends their changes to EventBridge and Lambda.

The stock emulator ignores dimensions, M-of-N and missing data, folds all periods into one, never returns to OK on
silence, sends no events and knows no action but SNS.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

from ministack.core import responses
from ministack.services import cloudwatch, eventbridge, lambda_svc

from localcloud.alarm_evaluation import EXTRA_PERIODS, AlarmState, Missing, next_state
from localcloud.overlay import metrics, service_access
from localcloud.overlay.context import CloudContext
from localcloud.overlay.patching import expect, replace, wrap

_TICK_SECONDS = 1.0
_ACTIONS = {"ALARM": "AlarmActions", "OK": "OKActions", "INSUFFICIENT_DATA": "InsufficientDataActions"}
_COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": lambda value, threshold: value >= threshold,
    "GreaterThanThreshold": lambda value, threshold: value > threshold,
    "LessThanThreshold": lambda value, threshold: value < threshold,
    "LessThanOrEqualToThreshold": lambda value, threshold: value <= threshold,
}
_log = logging.getLogger("localcloud.alarms")
_lock = threading.Lock()
_pace = {"minute": 60.0, "delay": 0.0}
# Reason and time (epoch seconds) of the state each alarm, by ARN, was in before.
_before: dict[str, tuple[str, float]] = {}


def install(cloud: CloudContext) -> None:
    """Evaluates alarms on data and every second, and announces every transition."""
    expect(cloudwatch, "_calc_stats", params="points")
    expect(cloudwatch, "_stat_value", params="stats,stat_name,points")
    expect(cloudwatch, "_record_history", contains=("alarm_name, old_state, new_state, reason",))
    expect(cloudwatch, "_evaluate_parent_alarms")
    expect(cloudwatch, "_set_alarm_state", contains=("_dispatch_alarm_actions(",))
    expect(eventbridge, "_put_events", params="data,allow_aws_source")
    replace(cloudwatch, "_evaluate_alarm", _evaluate, params="alarm", contains=("all_pts",))
    wrap(cloudwatch, "_dispatch_alarm_actions", _announce, params="alarm,old_state,new_state,reason")
    _pace.update(minute=cloud.minute_seconds, delay=cloud.delay_seconds)
    threading.Thread(target=_tick_forever, daemon=True, name="alarms").start()


def evaluate_namespaces(namespaces: Iterable[str]) -> None:
    """Evaluates the alarms on metrics of these namespaces."""
    wanted = set(namespaces)
    for alarm in list(cloudwatch._alarms.values()):
        if alarm.get("Namespace") in wanted:
            _evaluate(alarm)


def _tick_forever() -> None:
    while True:
        time.sleep(_TICK_SECONDS)
        for (account, region, _), alarm in list(cloudwatch._alarms.all_items()):
            try:
                with responses.request_scope(account, region):
                    _evaluate(alarm)
            except Exception:  # noqa: BLE001 (one alarm must not stop the others)
                _log.exception("The alarm %s could not be evaluated.", alarm.get("AlarmName"))


def _evaluate(alarm: dict[str, Any]) -> None:
    if not alarm.get("Namespace") or not alarm.get("MetricName"):
        return
    with _lock:
        old = AlarmState(alarm["StateValue"])
        periods = int(alarm.get("EvaluationPeriods", 1))
        breaches, recent = _breaches(alarm, periods)
        new = next_state(
            breaches,
            current=old,
            periods=periods,
            to_alarm=int(alarm.get("DatapointsToAlarm") or periods),
            missing=Missing(alarm.get("TreatMissingData") or "missing"),
        )
        if new is old:
            return
        reason = _reason(alarm, breaches, recent[-1], periods)
        _before[alarm["AlarmArn"]] = (alarm.get("StateReason") or "", float(alarm["StateUpdatedTimestamp"]))
        alarm.update(
            StateValue=str(new),
            StateReason=reason,
            StateReasonData=_reason_data(alarm, recent),
            StateUpdatedTimestamp=int(time.time()),
        )
    cloudwatch._record_history(alarm["AlarmName"], str(old), str(new), reason)
    cloudwatch._dispatch_alarm_actions(alarm, str(old), str(new), reason)
    cloudwatch._evaluate_parent_alarms(alarm)


def _breaches(alarm: dict[str, Any], periods: int) -> tuple[list[bool | None], list[float | None]]:
    """Whether each period breaches, oldest first, and the values of the periods that are evaluated.

    The period under way counts as soon as what it holds can only be confirmed by the rest of it: a maximum above
    the threshold stays above, a sum still below may not stay below. A period under way without data is not missing.
    A period of a minute lasts as long as this cloud says, and points are seen after the delay that it says.
    """
    length = float(alarm.get("Period", 60))
    length = _pace["minute"] if length == 60.0 else length
    dimensions = {each["Name"]: each["Value"] for each in alarm.get("Dimensions", [])}
    key = (alarm["Namespace"], alarm["MetricName"], cloudwatch._dims_key(dimensions))
    now = time.time()
    under_way = int(now // length)
    first = under_way - periods - EXTRA_PERIODS
    end = (under_way + 1) * length
    seen = min(end, now - _pace["delay"]) if _pace["delay"] else end
    points = metrics.points_between(key, first * length, seen)
    by_period: dict[int, list[dict[str, Any]]] = {}
    for point in points:
        by_period.setdefault(int(point["Timestamp"] // length), []).append(point)
    values = {period: _value(alarm, found) for period, found in by_period.items()}
    newest = under_way - 1
    if (value := values.get(under_way)) is not None and _conclusive(alarm, value):
        newest = under_way
    window = range(newest - periods - EXTRA_PERIODS + 1, newest + 1)
    breaches = [
        None if (value := values.get(period)) is None else _breaching(alarm, value) for period in window
    ]
    return breaches, [values.get(period) for period in range(newest - periods + 1, newest + 1)]


def _value(alarm: dict[str, Any], points: list[dict[str, Any]]) -> float | None:
    statistic = alarm.get("ExtendedStatistic") or alarm.get("Statistic") or "Average"
    unit = alarm.get("Unit")
    wanted = [point for point in points if not unit or point.get("Unit") == unit]
    statistics = cloudwatch._calc_stats(wanted)
    if not statistics:
        return None
    found = cloudwatch._stat_value(statistics, statistic, wanted)
    return None if found is None else float(found)


def _breaching(alarm: dict[str, Any], value: float) -> bool:
    return _COMPARISONS[alarm["ComparisonOperator"]](value, float(alarm.get("Threshold", 0)))


def _conclusive(alarm: dict[str, Any], value: float) -> bool:
    if not _breaching(alarm, value):
        return True
    grows = alarm["ComparisonOperator"].startswith("Greater")
    return alarm.get("Statistic") in (("Maximum", "Sum", "SampleCount") if grows else ("Minimum",))


def _reason(alarm: dict[str, Any], breaches: list[bool | None], newest: float | None, periods: int) -> str:
    breaching = sum(1 for breach in breaches[-periods:] if breach)
    what = "no data" if newest is None else f"[{newest}]"
    return (
        f"Threshold Crossed: {breaching} out of the last {periods} datapoints breached, most recent {what}, "
        f"{alarm.get('ComparisonOperator')} {alarm.get('Threshold')}; missing data is treated as "
        f"{alarm.get('TreatMissingData') or 'missing'}."
    )


def _reason_data(alarm: dict[str, Any], recent: list[float | None]) -> str:
    """What CloudWatch gives beside the reason, for programs."""
    data = {
        "version": "1.0",
        "statistic": alarm.get("ExtendedStatistic") or alarm.get("Statistic"),
        "period": alarm.get("Period"),
        "recentDatapoints": [value for value in recent if value is not None],
        "threshold": alarm.get("Threshold"),
    }
    return json.dumps(data)


def _announce(to_topics: Callable[..., None]) -> Callable[..., None]:
    def announce(alarm: dict[str, Any], old_state: str, new_state: str, reason: str) -> None:
        to_topics(alarm, old_state, new_state, reason)
        if old_state == new_state:
            return
        event = _event(alarm, old_state, new_state, reason)
        eventbridge._put_events({"Entries": [event]}, allow_aws_source=True)
        if not alarm.get("ActionsEnabled", True):
            return
        for action in alarm.get(_ACTIONS[new_state]) or []:
            if ":lambda:" in action:
                _invoke(action, alarm, json.loads(event["Detail"]))

    return announce


def _event(alarm: dict[str, Any], old_state: str, new_state: str, reason: str) -> dict[str, Any]:
    metric = {
        "namespace": alarm.get("Namespace"),
        "name": alarm.get("MetricName"),
        "dimensions": {each["Name"]: each["Value"] for each in alarm.get("Dimensions", [])},
    }
    statistic = alarm.get("ExtendedStatistic") or alarm.get("Statistic")
    before_reason, before_at = _before.get(alarm["AlarmArn"], ("", time.time()))
    detail = {
        "alarmName": alarm["AlarmName"],
        "state": {
            "value": new_state,
            "reason": reason,
            "reasonData": alarm.get("StateReasonData") or "{}",
            "timestamp": _stamp(time.time()),
        },
        "previousState": {
            "value": old_state,
            "reason": before_reason,
            "timestamp": _stamp(before_at),
        },
        "configuration": {
            "description": alarm.get("AlarmDescription") or "",
            "metrics": [
                {
                    "id": "m1",
                    "metricStat": {"metric": metric, "period": alarm.get("Period"), "stat": statistic},
                    "returnData": True,
                }
            ],
        },
    }
    return {
        "Source": "aws.cloudwatch",
        "DetailType": "CloudWatch Alarm State Change",
        "Resources": [alarm["AlarmArn"]],
        "Detail": json.dumps(detail),
    }


def _stamp(epoch: float) -> str:
    return dt.datetime.fromtimestamp(epoch, dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "+0000"


def _invoke(action: str, alarm: dict[str, Any], detail: dict[str, Any]) -> None:
    record, config, name = lambda_svc._get_func_record_for_ref(action)
    if record is None:
        _log.warning("The alarm %s acts on the function %s, which does not exist.", alarm["AlarmName"], name)
        return
    if not service_access.function_admits(
        action, "lambda.alarms.cloudwatch.amazonaws.com", alarm["AlarmArn"]
    ):
        service_access.report(f"The alarm {alarm['AlarmName']} has no permission to invoke {action}.")
        return
    event = {
        "source": "aws.cloudwatch",
        "alarmArn": alarm["AlarmArn"],
        "accountId": responses.get_account_id(),
        "region": responses.get_region(),
        "time": detail["state"]["timestamp"],
        "alarmData": detail,
    }
    lambda_svc.invoke_async_with_retry(lambda_svc._execution_record_for_config(record, config), event)
