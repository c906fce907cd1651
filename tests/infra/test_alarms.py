"""Each alarm of a model sounds, returns to OK, and does in silence what its page says."""

from __future__ import annotations

import re
from typing import Any

import pytest

from localcloud.alarm_evaluation import EXTRA_PERIODS, AlarmState, Missing, next_state
from planning.templates import Template
from tests.docs.pages import Page

OK, ALARM = AlarmState.OK, AlarmState.ALARM
_PAGE = "docs/reference/metrics-and-alarms.md"
_COMPARED = {
    "GreaterThanOrEqualToThreshold": lambda value, threshold: value >= threshold,
    "LessThanThreshold": lambda value, threshold: value < threshold,
}


def _alarm(template: Template, name: str) -> dict[str, Any]:
    found = template.properties("AWS::CloudWatch::Alarm")
    return next(each for each in found if re.fullmatch(f"keepfit-[a-z_0-9]+-{name}", each["AlarmName"]))


def _after(alarm: dict[str, Any], points: list[float | None], current: AlarmState) -> AlarmState:
    """The state after so many periods, the newest last; before them there were none."""
    periods = alarm["EvaluationPeriods"]
    known = [*[None] * (periods + EXTRA_PERIODS), *points][-(periods + EXTRA_PERIODS) :]
    beyond = _COMPARED[alarm["ComparisonOperator"]]
    return next_state(
        [None if point is None else beyond(point, alarm["Threshold"]) for point in known],
        current=current,
        periods=periods,
        to_alarm=alarm["DatapointsToAlarm"],
        missing=Missing(alarm["TreatMissingData"]),
    )


@pytest.mark.parametrize(
    ("name", "beyond", "within", "in_silence"),
    [
        ("drift", [1.0], [0.0], None),
        ("incident", [1.0], [0.0], None),
        ("heartbeat", [0.0], [1.0], ALARM),
        ("errors", [5.0], [4.0], OK),
        ("latency", [2000.0, 10.0, 2000.0, 10.0, 2000.0], [10.0, 2000.0, 10.0, 10.0, 2000.0], OK),
        ("missed-monitoring", [1.0], [0.0], OK),
        ("unfinished-runs", [1.0], [0.0], OK),
    ],
)
def test_an_alarm_sounds_is_over_and_takes_silence_as_it_should(
    model: Template, name: str, beyond: list[float], within: list[float], in_silence: AlarmState | None
) -> None:
    alarm = _alarm(model, name)
    assert _after(alarm, beyond, OK) is ALARM
    assert _after(alarm, within, ALARM) is OK
    silence = [None] * (alarm["EvaluationPeriods"] + EXTRA_PERIODS)
    for state in (OK, ALARM):
        assert _after(alarm, list(silence), state) is (in_silence or state)


def test_two_slow_periods_of_five_are_not_yet_slow(model: Template) -> None:
    alarm = _alarm(model, "latency")
    assert _after(alarm, [2000.0, None, 2000.0], OK) is OK
    assert _after(alarm, [2000.0, 2000.0, None, 2000.0], OK) is ALARM


def test_an_alarm_on_latency_is_one_that_the_embedded_cloud_can_evaluate(model: Template) -> None:
    alarm = _alarm(model, "latency")
    assert (alarm["Namespace"], alarm["MetricName"]) == ("AWS/Lambda", "Duration")
    assert alarm["ExtendedStatistic"] == "p95"


def test_load_balancers_count_seconds(container_templates: dict[str, Template]) -> None:
    (served,) = [each for name, each in container_templates.items() if name == "keepfit-lateness"]
    found = [each for each in served.properties("AWS::CloudWatch::Alarm") if "-latency" in each["AlarmName"]]
    assert {each["AlarmName"] for each in found} == {
        "keepfit-lateness-latency-blue",
        "keepfit-lateness-latency-green",
    }
    assert {(each["MetricName"], each["Threshold"]) for each in found} == {("TargetResponseTime", 2.0)}


def test_each_alarm_has_m_of_n_and_a_rule_for_missing_data_as_its_page_says(model: Template) -> None:
    for row in Page.read(_PAGE).rows("Alarms of a model"):
        alarm = _alarm(model, row[0].strip("`"))
        assert f"`{alarm['TreatMissingData']}`" in row[3], row
        m_of_n = re.match(r"(\d) of (\d)", row[2])
        if m_of_n:
            assert (alarm["DatapointsToAlarm"], alarm["EvaluationPeriods"]) == tuple(
                map(int, m_of_n.groups())
            )
        else:
            assert alarm["DatapointsToAlarm"] == alarm["EvaluationPeriods"]


def test_the_dashboard_of_all_models_shows_alarms_that_there_are(platform: Template, model: Template) -> None:
    (board,) = platform.properties("AWS::CloudWatch::Dashboard")
    assert board["DashboardName"] == "keepfit"
    shown = set(re.findall(r":alarm:([\w-]+)", str(board["DashboardBody"])))
    there = {each["AlarmName"] for each in model.properties("AWS::CloudWatch::Alarm")}
    assert len(shown) == 3
    assert shown <= there


def test_the_dashboard_of_a_model_shows_each_of_its_alarms_on_metrics(model: Template) -> None:
    (board,) = model.properties("AWS::CloudWatch::Dashboard")
    watched = model.of("AWS::CloudWatch::Alarm")
    mine = [name for name in watched if name.startswith("Alarms")]
    assert len(mine) == 5
    assert all(f"'{name}'" in str(board["DashboardBody"]) for name in mine)
