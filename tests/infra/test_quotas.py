"""A hundred models and a hundred datasets fit into one account and Region as AWS gives it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.infra import many
from tests.infra.assembly import Template, read
from tests.infra.conftest import first
from tests.infra.quotas import QUOTAS, Quota, in_all

MODELS = DATASETS = 100


@pytest.fixture(scope="module")
def hundred(assembly: Path, session_folder: Path) -> list[Template]:
    """The templates of the layers, the platform and all models."""
    assert assembly.is_dir()  # so that layers are built
    folder = session_folder / "many"
    with first(folder) as alone:
        if alone:
            checkout = session_folder / "many-checkout"
            many.define(checkout, models=MODELS, datasets=DATASETS)
            many.synthesize(folder, checkout)
    return list(read(folder).values())


def test_all_are_there(hundred: list[Template]) -> None:
    assert len(hundred) == 2 + MODELS
    platform = next(template for template in hundred if template.name == "keepfit-platform")
    datasets = [name for name in platform.document["Outputs"] if name.startswith("Dataset")]
    assert len(datasets) == DATASETS
    # The monitor's, and the one of retraining.
    assert in_all("AWS::Scheduler::Schedule")(hundred) == 2 * MODELS


@pytest.mark.parametrize("quota", QUOTAS, ids=lambda quota: quota.name.replace(" ", "-"))
def test_a_quota_is_kept_with_room_to_spare(hundred: list[Template], quota: Quota) -> None:
    used = quota.count(hundred)
    assert used <= quota.use * quota.limit, f"{used} of {quota.limit} {quota.name} ({quota.told})"


def test_no_kind_of_resource_that_grows_with_models_is_forgotten(hundred: list[Template]) -> None:
    """Every type that each model has is either counted above or has no quota of its own."""
    without = {
        "AWS::ApiGatewayV2::Integration",
        "AWS::ApiGatewayV2::Route",
        "AWS::CloudWatch::Dashboard",
        "AWS::ECS::TaskDefinition",
        "AWS::IAM::Policy",
        "AWS::Lambda::Alias",
        "AWS::Lambda::Function",
        "AWS::Lambda::LayerVersion",
        "AWS::Lambda::Permission",
        "AWS::Lambda::Version",
        "AWS::Logs::SubscriptionFilter",
        "AWS::SQS::Queue",
        "AWS::SQS::QueuePolicy",
    }
    counted = {
        "AWS::CloudWatch::Alarm",
        "AWS::IAM::Role",
        "AWS::KinesisFirehose::DeliveryStream",
        "AWS::Logs::LogGroup",
        "AWS::SSM::Parameter",
        "AWS::Scheduler::Schedule",
        "AWS::StepFunctions::StateMachine",
    }
    found = {
        resource["Type"]
        for template in hundred
        if template.name != "keepfit-platform"
        for resource in template.document["Resources"].values()
    }
    assert found <= without | counted
    assert all(any(in_all(kind)(hundred) <= quota.count(hundred) for quota in QUOTAS) for kind in counted)


def test_every_machine_is_subscribed_with_what_its_model_reads(hundred: list[Template]) -> None:
    for template in hundred:
        if not template.properties("AWS::StepFunctions::StateMachine"):
            continue
        (parameter,) = template.properties("AWS::SSM::Parameter")
        said = json.dumps(parameter["Value"])
        assert said.count("dataset_") == 3
