from __future__ import annotations

from typing import Any

import pytest

from planning.breaking import MAX_UNPACKED, problems, uses
from planning.templates import Json, Template

ROLE = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {}}}
FUNCTION: Json = {
    "Type": "AWS::Lambda::Function",
    "Properties": {
        "Timeout": 15,
        "Role": {"Fn::GetAtt": ["Role", "Arn"]},
        "Environment": {"Variables": {"KEEPFIT_FUNCTION": "ingest"}},
        "Layers": [{"Fn::ImportValue": "keepfit-layers-0-Data"}],
    },
}
ALIAS = {"Type": "AWS::Lambda::Alias", "Properties": {"FunctionName": {"Ref": "F"}, "Name": "live"}}


def stack(**resources: Json) -> Template:
    return Template("keepfit-platform", {"Resources": resources, "Outputs": {}})


def with_properties(resource: Json, **properties: Any) -> Json:
    return {**resource, "Properties": {**resource["Properties"], **properties}}


def found(template: Template, **unpacked: int) -> list[tuple[str, str]]:
    return [(each.what, each.found) for each in problems([template], unpacked)]


def alarm(**properties: Any) -> Json:
    return {"Type": "AWS::CloudWatch::Alarm", "Properties": properties}


def test_an_alarm_says_what_missing_data_means() -> None:
    assert found(stack(Drift=alarm(TreatMissingData="ignore"))) == []
    ((what, why),) = found(stack(Drift=alarm()))
    assert what == "alarm Drift"
    assert "missing data" in why


@pytest.mark.parametrize("uri", [{"Fn::GetAtt": ["F", "Arn"]}, {"Ref": "Live"}])
@pytest.mark.parametrize(("timeout", "broken"), [(15, False), (20, False), (21, True)])
def test_a_function_behind_a_route_ends_before_the_route_does(uri: Json, timeout: int, broken: bool) -> None:
    route = {
        "Type": "AWS::ApiGatewayV2::Integration",
        "Properties": {"ApiId": "api", "IntegrationUri": uri, "TimeoutInMillis": 20_000},
    }
    template = stack(F=with_properties(FUNCTION, Timeout=timeout), Role=ROLE, Live=ALIAS, Route=route)
    assert [what for what, _ in found(template)] == (["function F"] if broken else [])


@pytest.mark.parametrize(("size", "broken"), [(MAX_UNPACKED, False), (MAX_UNPACKED + 1, True)])
def test_a_function_has_no_more_layers_than_lambda_unpacks(size: int, broken: bool) -> None:
    told = found(stack(F=FUNCTION, Role=ROLE), data=size)
    assert bool(told) is broken
    assert all("262,144,001 bytes" in why for _, why in told)


def recursive(resource: Json, prefix: str | None) -> Template:
    object_key = {} if prefix is None else {"object": {"key": [{"prefix": prefix}]}}
    rule = {
        "Type": "AWS::Events::Rule",
        "Properties": {
            "EventPattern": {
                "detail-type": ["Object Created"],
                "detail": {"bucket": {"name": [{"Ref": "Intake"}]}, **object_key},
            },
            "Targets": [{"Arn": {"Fn::GetAtt": ["F", "Arn"]}}],
        },
    }
    statement = {"Effect": "Allow", "Action": "s3:PutObject", "Resource": resource}
    policy = {
        "Type": "AWS::IAM::Policy",
        "Properties": {"PolicyDocument": {"Statement": [statement]}, "Roles": [{"Ref": "Role"}]},
    }
    return stack(F=FUNCTION, Role=ROLE, Rule=rule, Policy=policy)


def below(bucket: str, keys: str) -> Json:
    return {"Fn::Join": ["", [{"Fn::GetAtt": [bucket, "Arn"]}, f"/{keys}"]]}


@pytest.mark.parametrize(
    ("resource", "prefix", "broken"),
    [
        (below("Intake", "*"), None, True),
        (below("Intake", "done/*"), None, True),
        (below("Intake", "batch/done/*"), "batch/", True),
        (below("Intake", "done/*"), "batch/", False),
        (below("Lake", "*"), None, False),
    ],
)
def test_a_function_does_not_write_what_starts_it(resource: Json, prefix: str | None, broken: bool) -> None:
    assert bool(found(recursive(resource, prefix))) is broken


def test_a_quota_that_is_nearly_used_up_is_told_with_its_source() -> None:
    vpcs = {f"Vpc{n}": {"Type": "AWS::EC2::VPC", "Properties": {}} for n in range(3)}
    (problem,) = problems([stack(Role=ROLE, **vpcs)], {})
    assert (problem.what, problem.found.split(",")[0]) == ("quota: VPCs", "3 of 5")
    assert "https://" in problem.do


def test_the_fullest_quota_comes_first() -> None:
    shares = [use.share for use in uses([stack(Role=ROLE)])]
    assert shares == sorted(shares, reverse=True)
