from __future__ import annotations

import json

import pytest

from planning.templates import Template, actions


def test_only_move_alias_may_move_an_alias(templates: list[Template]) -> None:
    movers = [
        (template.name, role)
        for template in templates
        for role, statement in template.statements()
        if {"lambda:UpdateAlias", "lambda:CreateAlias", "lambda:DeleteAlias"} & set(actions(statement))
    ]
    ((stack, role),) = movers
    model = next(template for template in templates if template.name == stack)
    assert model.functions()["move_alias"]["Properties"]["Role"]["Fn::GetAtt"][0] == role
    assert "lambda:UpdateAlias" in model.allowed("move_alias")


def test_the_template_only_ever_says_version_one(model: Template) -> None:
    ((version_id, version),) = model.of("AWS::Lambda::Version").items()
    aliases = model.properties("AWS::Lambda::Alias")
    assert set(version["Properties"]) == {"FunctionName"}
    assert {alias["Name"] for alias in aliases} == {"live", "next"}
    for alias in aliases:
        assert alias["FunctionVersion"] == {"Fn::GetAtt": [version_id, "Version"]}
        assert "RoutingConfig" not in alias


@pytest.fixture
def later_model(later: dict[str, Template]) -> Template:
    return later["keepfit-flight-delay"]


def test_a_later_deploy_never_moves_the_alias(model: Template, later_model: Template) -> None:
    assert later_model.functions()["predict_unreleased"] != model.functions()["predict_unreleased"]
    for kind in ("AWS::Lambda::Version", "AWS::Lambda::Alias"):
        assert later_model.of(kind) == model.of(kind)


def test_a_changed_handler_reaches_the_release_step_alone(model: Template, later_model: Template) -> None:
    def told(template: Template) -> dict[str, str]:
        functions = template.functions().items()
        variables = {name: function["Properties"]["Environment"]["Variables"] for name, function in functions}
        return {
            name: json.dumps(said["KEEPFIT_HANDLER"])
            for name, said in variables.items()
            if "KEEPFIT_HANDLER" in said
        }

    assert set(told(later_model)) == set(told(model)) == {"prepare_release"}
    assert told(later_model) != told(model)


def test_removal_is_all_that_its_setting_changes(
    templates: list[Template], later_model: Template, model: Template
) -> None:
    kept = {"AWS::S3::Bucket", "AWS::DynamoDB::Table", "AWS::Logs::LogGroup", "AWS::Cognito::UserPool"}
    for template in templates:
        for kind in kept:
            for logical_id, resource in template.of(kind).items():
                # A name that the next deployment needs; what clients have sent today.
                if "LogGroupName" in resource["Properties"] or logical_id.startswith(_QUOTAS):
                    assert resource["DeletionPolicy"] == "Delete"
                    continue
                assert resource["DeletionPolicy"] == "RetainExceptOnCreate"
    policies = {
        logical_id: r.get("DeletionPolicy") for logical_id, r in later_model.document["Resources"].items()
    }
    assert policies.keys() == model.document["Resources"].keys() - _layers(model) | _layers(later_model)
    assert {policies[logical_id] for logical_id in later_model.of("AWS::Logs::LogGroup")} == {"Delete"}


_QUOTAS = "PredictionsQuotas"


def _layers(template: Template) -> set[str]:
    return set(template.of("AWS::Lambda::LayerVersion"))
