"""A hundred models and a hundred datasets fit into one account and Region as AWS gives it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bundling.manifest import Manifest
from planning.breaking import problems
from planning.quotas import QUOTAS, Quota, in_all
from planning.templates import Template
from tests.infra.assembly import ROOT
from tests.infra.conftest import synthesized
from tests.infra.many import FEW, MORE, MORE_DATASETS

MODELS = 100


@pytest.fixture(scope="module")
def few(assembly: Path, session_folder: Path) -> list[Template]:
    assert assembly.is_dir()  # so that layers are built
    return synthesized(FEW, session_folder)


@pytest.fixture(scope="module")
def more(assembly: Path, session_folder: Path) -> list[Template]:
    assert assembly.is_dir()
    return synthesized(MORE, session_folder)


def test_all_are_there(more: list[Template]) -> None:
    assert len(more) == 2 + MORE
    platform = next(template for template in more if template.name == "keepfit-platform")
    datasets = [name for name in platform.document["Outputs"] if name.startswith("Dataset")]
    assert len(datasets) == MORE + MORE_DATASETS
    # The monitor's, and the one of retraining.
    assert in_all("AWS::Scheduler::Schedule")(more) == 2 * MORE


@pytest.mark.parametrize("quota", QUOTAS, ids=lambda quota: quota.name.replace(" ", "-"))
def test_a_quota_is_kept_with_room_to_spare(few: list[Template], more: list[Template], quota: Quota) -> None:
    used = quota.count(more) + (quota.count(more) - quota.count(few)) / (MORE - FEW) * (MODELS - MORE)
    limit = quota.raised or quota.limit
    assert used <= quota.use * limit, f"{used} of {limit} {quota.name} ({quota.told})"


def test_nothing_of_the_templates_would_break(every_stack: list[Template], few: list[Template]) -> None:
    manifest = Manifest.read(ROOT / "build" / "local")
    unpacked = {name: bundle.bytes for name, bundle in manifest.layers.items()}
    for templates in (every_stack, few):
        assert problems(templates, unpacked) == []


def test_no_kind_of_resource_that_grows_with_models_is_forgotten(more: list[Template]) -> None:
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
        for template in more
        if template.name != "keepfit-platform"
        for resource in template.document["Resources"].values()
    }
    assert found <= without | counted
    assert all(any(in_all(kind)(more) <= quota.count(more) for quota in QUOTAS) for kind in counted)


def test_every_machine_is_subscribed_with_what_its_model_reads(more: list[Template]) -> None:
    for template in more:
        if "Model" not in template.document.get("Outputs", {}):
            continue
        (parameter,) = template.properties("AWS::SSM::Parameter")
        said = json.dumps(parameter["Value"])
        assert said.count("dataset_") == 3
