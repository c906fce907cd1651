"""The reference of events, metrics and alarms says what the templates do."""

from __future__ import annotations

import json
import re
from typing import Any

from keepfit.events import NOTICE_GIVEN
from planning.templates import Json, Template
from tests.docs.pages import Page


def _code(cells: list[str]) -> list[str]:
    return [name for cell in cells for name in re.findall(r"`([^`]+)`", cell)]


def test_every_alarm_is_described_and_no_other(
    templates: list[Template], with_online_views: list[Template]
) -> None:
    platform = [template for template in with_online_views if template.name == "keepfit-platform"]
    alarms = {
        alarm["AlarmName"]
        for template in [*templates, *platform]
        for alarm in template.properties("AWS::CloudWatch::Alarm")
    }
    page = Page.read("docs/reference/metrics-and-alarms.md")
    described = {
        f"keepfit-{whose}-{_code(row)[0]}"
        for heading, whose in (("Alarms of a model", "flight_delay"), ("Alarms of all models", "platform"))
        for row in page.rows(heading)
    }
    assert alarms == described


def test_every_metric_of_the_monitor_is_described_and_no_other(model: Template) -> None:
    (dashboard,) = model.properties("AWS::CloudWatch::Dashboard")
    shown = re.findall(r'\["keepfit","(\w+)"', _text(dashboard["DashboardBody"]))
    alarmed = [
        alarm["MetricName"]
        for alarm in model.properties("AWS::CloudWatch::Alarm")
        if alarm.get("Namespace") == "keepfit"
    ]
    rows = Page.read("docs/reference/metrics-and-alarms.md").rows("Metrics")
    assert {*shown, *alarmed} == {name for row in rows for name in _code(row[:1])}


def test_every_event_that_a_rule_waits_for_is_described_and_no_other(
    with_online_views: list[Template],
) -> None:
    rules = [rule for template in with_online_views for rule in template.properties("AWS::Events::Rule")]
    patterns = [rule["EventPattern"] for rule in rules if "EventPattern" in rule]
    awaited = {
        (source, detail_type)
        for pattern in patterns
        for source in pattern["source"]
        for detail_type in pattern["detail-type"]
    }
    described = {tuple(_code(row[:2])) for row in Page.read("docs/reference/events.md").rows("Events")}
    of_nobody_here = {("aws.scheduler", "Scheduled Event"), ("keepfit", NOTICE_GIVEN)}
    assert described == awaited | of_nobody_here


def test_every_event_that_a_role_may_send_is_described_with_a_sender_that_has_it(
    with_online_views: list[Template],
) -> None:
    senders: dict[str, set[str]] = {}
    for template in with_online_views:
        for role, statement in template.statements():
            having = {
                name
                for name, resource in template.functions().items()
                if resource["Properties"]["Role"].get("Fn::GetAtt", [None])[0] == role
            }
            for detail_type in _sent(statement):
                senders.setdefault(detail_type, set()).update(having)
    rows = Page.read("docs/reference/events.md").rows("Events")
    described = {_code(row)[1]: set(_code(row[2:3])) for row in rows if _code(row)[0] == "keepfit"}
    assert described.keys() == senders.keys()
    # A role may be shared by functions that send nothing.
    assert [name for name in described if not described[name] <= senders[name]] == []


def _sent(statement: Json) -> list[str]:
    conditions = statement.get("Condition", {})
    found = [
        value for test in conditions.values() for key, value in test.items() if key == "events:detail-type"
    ]
    return [name for value in found for name in ([value] if isinstance(value, str) else value)]


def _text(value: Any) -> str:
    """A text that CloudFormation joins, without what it puts in."""
    if isinstance(value, dict) and "Fn::Join" in value:
        separator, parts = value["Fn::Join"]
        return str(separator).join(part if isinstance(part, str) else json.dumps(part) for part in parts)
    return str(value)
