"""The function that tells people is called for each change, and reaches the channels of its project and no more."""

from __future__ import annotations

import json
from typing import Any

import pytest

from keepfit.events import ALIAS_MOVED, APPROVAL_ASKED, INCIDENT_CLOSED, INCIDENT_OPENED, NOTICE_GIVEN
from keepfit.monitoring.notices.notice import Ignored, Notice
from keepfit.monitoring.notices.read_event import read_notice
from planning.templates import Template, actions, resources
from tests.infra.test_events import alarm, event, heard_for
from tests.unit.monitoring.support.notices import alarm_event


@pytest.fixture
def platform_with_channels(with_online_views: list[Template]) -> Template:
    return next(each for each in with_online_views if each.name == "keepfit-platform")


def _granted(platform: Template, action: str) -> list[Any]:
    role = platform.functions()["notify_people"]["Properties"]["Role"]["Fn::GetAtt"][0]
    return [
        resource
        for owner, statement in platform.statements()
        if owner == role and action in actions(statement)
        for resource in resources(statement)
    ]


@pytest.mark.parametrize(
    "told", [APPROVAL_ASKED, ALIAS_MOVED, INCIDENT_OPENED, INCIDENT_CLOSED], ids=lambda name: name
)
def test_each_change_that_keepfit_announces_is_brought_to_who_tells_people(
    platform: Template, told: str
) -> None:
    assert len(heard_for(platform, event("keepfit", told), "notify_people")) == 1


@pytest.mark.parametrize("state", ["ALARM", "OK"])
def test_every_alarm_of_every_stack_is_brought_there_and_read(templates: list[Template], state: str) -> None:
    platform = templates[0]
    names = [each["AlarmName"] for one in templates for each in one.properties("AWS::CloudWatch::Alarm")]
    assert len(names) > 10
    for name in names:
        assert len(heard_for(platform, alarm(name, state), "notify_people")) == 1
        before = {"ALARM": "OK", "OK": "ALARM"}[state]
        read = read_notice(alarm_event(name, state, before))
        assert isinstance(read, Ignored if name.endswith("-incident") else Notice)


def test_what_is_told_calls_nobody_again(platform: Template) -> None:
    assert heard_for(platform, event("keepfit", NOTICE_GIVEN), "notify_people") == []
    assert heard_for(platform, alarm("somebody-elses-drift", "ALARM"), "notify_people") == []


def test_mail_goes_to_its_addresses_by_an_encrypted_topic_of_its_own(
    platform_with_channels: Template,
) -> None:
    ((topic, made),) = platform_with_channels.of("AWS::SNS::Topic").items()
    assert "alias/aws/sns" in json.dumps(made["Properties"]["KmsMasterKeyId"])
    subscribed = platform_with_channels.properties("AWS::SNS::Subscription")
    assert {(each["Protocol"], each["Endpoint"], each["TopicArn"]["Ref"]) for each in subscribed} == {
        ("email", "ada@example.org", topic),
        ("email", "grace@example.org", topic),
    }
    pager = "arn:aws:sns:eu-west-1:123456789012:pager"
    assert _granted(platform_with_channels, "sns:Publish") == [{"Ref": topic}, pager]


def test_the_function_reads_the_parameter_of_its_webhook_and_no_other(
    platform_with_channels: Template, platform: Template
) -> None:
    (parameter,) = _granted(platform_with_channels, "ssm:GetParameter")
    assert parameter["Fn::Join"][1][-1].endswith(":parameter/keepfit/chat")
    assert _granted(platform, "ssm:GetParameter") == _granted(platform, "sns:Publish") == []


def test_the_table_of_the_registry_is_written_among_notices_alone(platform: Template) -> None:
    role = platform.functions()["notify_people"]["Properties"]["Role"]["Fn::GetAtt"][0]
    keys = [
        statement["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]
        for owner, statement in platform.statements()
        if owner == role and any(action.startswith("dynamodb:") for action in actions(statement))
    ]
    assert keys == [["notices#*"], ["notices#*"]]
