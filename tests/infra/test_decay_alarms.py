"""Alarms on decay sound and return to OK, and a model without thresholds has none."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from keepfit.training.runs.event_routing import orders
from keepfit.training.runs.model_subscription import Subscription
from localcloud.alarm_evaluation import EXTRA_PERIODS, AlarmState, Missing, next_state
from planning.templates import Template
from tests.docs.pages import Page
from tests.infra.many import DECAY_THRESHOLDS
from tests.infra.test_events import alarm, heard_for, said

SILENCE = [None, None]


@pytest.fixture
def watched(with_online_views: list[Template]) -> Template:
    """The stack of a model with both thresholds."""
    return next(each for each in with_online_views if each.name != "keepfit-platform")


def _alarms(template: Template) -> dict[str, Any]:
    """By the metric, those on decay."""
    found = {each.get("MetricName"): each for each in template.properties("AWS::CloudWatch::Alarm")}
    return {name: found[name] for name in DECAY_THRESHOLDS if name in found}


def _after(alarm: dict[str, Any], points: list[float | None], current: AlarmState) -> AlarmState:
    """The state after so many points, the newest last."""
    assert alarm["ComparisonOperator"] == "GreaterThanOrEqualToThreshold"
    known = [None, *SILENCE, *points][-(alarm["EvaluationPeriods"] + EXTRA_PERIODS) :]
    return next_state(
        [None if point is None else point >= alarm["Threshold"] for point in known],
        current=current,
        periods=alarm["EvaluationPeriods"],
        to_alarm=alarm["DatapointsToAlarm"],
        missing=Missing(alarm["TreatMissingData"]),
    )


@pytest.mark.parametrize("metric", DECAY_THRESHOLDS)
def test_an_alarm_sounds_from_its_threshold_on_and_returns_to_ok_below_it(
    watched: Template, metric: str
) -> None:
    found, threshold = _alarms(watched)[metric], DECAY_THRESHOLDS[metric]
    assert _after(found, [threshold - 0.001], AlarmState.OK) is AlarmState.OK
    assert _after(found, [threshold], AlarmState.OK) is AlarmState.ALARM
    for state in (AlarmState.OK, AlarmState.ALARM):
        assert _after(found, SILENCE, state) is state
    assert _after(found, [threshold, 0.0], AlarmState.ALARM) is AlarmState.OK


@pytest.mark.parametrize("metric", DECAY_THRESHOLDS)
def test_an_alarm_on_decay_starts_a_training_of_its_model_alone(
    watched: Template, with_online_views: list[Template], metric: str
) -> None:
    platform = next(each for each in with_online_views if each.name == "keepfit-platform")
    (parameter,) = watched.properties("AWS::SSM::Parameter")
    subscription = msgspec.json.decode(said(watched, parameter["Value"]), type=Subscription)
    name = _alarms(watched)[metric]["AlarmName"]
    sounds = alarm(name, "ALARM")
    (target,) = heard_for(platform, sounds, "dispatch_event")
    assert target
    [order] = orders(sounds, [subscription])
    assert order.model == subscription.model
    assert orders(alarm(name, "OK"), [subscription]) == []
    assert orders(alarm(name.replace(subscription.model, "other"), "ALARM"), [subscription]) == []


def test_each_is_described(watched: Template) -> None:
    (parameter,) = watched.properties("AWS::SSM::Parameter")
    model = parameter["Name"].rpartition("/")[2]
    rows = Page.read("docs/reference/metrics-and-alarms.md").rows("Decay")
    described = {row[0].strip("`"): f"keepfit-{model}-{row[2].strip('`')}" for row in rows}
    assert described == {metric: found["AlarmName"] for metric, found in _alarms(watched).items()}


def test_without_a_threshold_there_is_no_alarm(model: Template) -> None:
    assert _alarms(model) == {}
