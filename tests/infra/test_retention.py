"""Whatever holds inputs of clients expires as the definitions say, old versions included."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App, RemovalPolicy, Stack
from aws_cdk import aws_logs as logs

from infra import retention
from infra.constructs.bucket import PrivateBucket
from infra.features.lake import Lake
from infra.registry.registry import Registry
from infra.settings import FEATURE_FLAGS
from keepfit.definitions import compiling
from keepfit.features.forgetting.days_left import DAYS_LEFT
from keepfit.instants import Duration
from planning.templates import Template

_TOML = """
[dataset.d{number}]
event_time = "at"
{dataset}
[dataset.d{number}.fields]
at = {{ type = "timestamp" }}
size = {{ type = "float" }}
late = {{ type = "bool" }}
[model.m{number}]
dataset = "d{number}"
label = "late"
inputs = ["size"]
training.window = "1d"
training.holdout = "12h"
monitoring.window = "1d"
{model}
"""
_MAX_RULES = 1000


def rules(
    folder: Path, number: int, dataset: str = "", model: str = ""
) -> dict[str, dict[str, dict[str, Any]]]:
    """Bucket to prefix to rule, of a platform with ``number`` datasets and models."""
    (folder / "models").mkdir()
    for one in range(number):
        text = _TOML.format(number=one, dataset=dataset, model=model)
        (folder / "models" / f"{one}.toml").write_text(text)
    made = compiling.compile_all(folder / "models")
    datasets, models = list(made.datasets.values()), list(made.models.values())
    stack = Stack(App(outdir=str(folder / "out"), context=FEATURE_FLAGS), "keepfit-platform")
    removal = RemovalPolicy.DESTROY
    access = PrivateBucket(stack, "Logs", removal_policy=removal)
    Lake(stack, "Data", datasets=datasets, models=models, access_logs=access, removal_policy=removal)
    Registry(stack, "Models", models=models, access_logs=access, removal_policy=removal)
    template = stack.node.root.synth().get_stack_by_name("keepfit-platform").template  # type: ignore[attr-defined]
    return {
        name: {
            rule.get("Prefix") or "".join(tag["Value"] for tag in rule.get("TagFilters", ())): rule
            for rule in bucket["Properties"]["LifecycleConfiguration"]["Rules"]
        }
        for name, bucket in (
            ("intake", _bucket(template, "DataIntake")),
            ("lake", _bucket(template, "DataLake")),
            ("artifacts", _bucket(template, "ModelsArtifacts")),
        )
    }


def _bucket(template: dict[str, Any], name: str) -> dict[str, Any]:
    [found] = [
        each for key, each in template["Resources"].items() if key.startswith(name) and "Policy" not in key
    ]
    return dict(found)


def _days(rule: dict[str, Any]) -> tuple[int, int]:
    return rule["ExpirationInDays"], rule["NoncurrentVersionExpiration"]["NoncurrentDays"]


def test_everything_that_holds_rows_or_requests_expires(tmp_path: Path) -> None:
    found = rules(tmp_path, 1, 'keep = "400d"', 'keep = "30d"')
    assert {prefix: _days(rule) for prefix, rule in found["lake"].items() if "/" in prefix} == {
        "datasets/d0/parts/": (400, 1),
        "datasets/d0/profiles/": (400, 1),
        "datasets/d0/quarantine/": (90, 1),
        "prediction-log/m0/": (30, 1),
        "prediction-log-errors/m0/": (30, 1),
        "predictions/m0/": (30, 1),
        "batch/m0/": (30, 1),
        "batch-parts/": (1, 1),
        "query-results/": (1, 1),
    }
    assert {prefix: _days(rule) for prefix, rule in found["artifacts"].items() if prefix} == {
        "runs/m0/rows/": (30, 1)
    }
    assert _days(found["intake"]["batch/m0/"]) == (30, 1)


@pytest.mark.parametrize(
    ("keep", "days"), [("1d", (1, 1)), ("2d", (1, 1)), ("10d", (1, 9)), ("15d", (1, 14)), ("400d", (386, 14))]
)
def test_an_upload_is_gone_by_then_and_its_older_versions_wait_as_long_as_their_events_do(
    tmp_path: Path, keep: str, days: tuple[int, int]
) -> None:
    assert _days(rules(tmp_path, 1, f'keep = "{keep}"')["intake"]["d0/"]) == days
    assert sum(days) <= max(2, Duration.parse(keep).delta.days)


def test_unfinished_uploads_stay_no_longer_than_finished_ones(tmp_path: Path) -> None:
    found = rules(tmp_path, 1, 'keep = "3d"', 'keep = "10d"')
    unfinished = {
        prefix: rule["AbortIncompleteMultipartUpload"]["DaysAfterInitiation"]
        for bucket in found.values()
        for prefix, rule in bucket.items()
        if "/" in prefix
    }
    assert unfinished.pop("d0/") == 1
    assert {unfinished.pop(f"datasets/d0/{each}/") for each in ("parts", "profiles", "quarantine")} == {3}
    assert (unfinished.pop("query-results/"), unfinished.pop("batch-parts/")) == (1, 1)
    assert set(unfinished.values()) == {7}


def test_without_keep_only_quarantine_and_answers_expire_and_delete_markers_go_everywhere(
    tmp_path: Path,
) -> None:
    found = rules(tmp_path, 1)
    everywhere = [bucket.pop("") for bucket in found.values()]
    assert all(rule["ExpiredObjectDeleteMarker"] for rule in everywhere)
    assert {rule["NoncurrentVersionExpiration"]["NoncurrentDays"] for rule in everywhere} == {90}
    kept = {prefix: rule["ExpirationInDays"] for bucket in found.values() for prefix, rule in bucket.items()}
    assert kept == {"datasets/d0/quarantine/": 90, "query-results/": 1, "batch-parts/": 1}


def test_a_hundred_datasets_and_models_stay_within_what_a_bucket_takes(tmp_path: Path) -> None:
    found = rules(tmp_path, 100, 'keep = "400d"', 'keep = "30d"')
    counted = {name: len(bucket) for name, bucket in found.items()}
    assert counted == {"intake": 201, "lake": 729, "artifacts": 101}
    assert max(counted.values()) <= _MAX_RULES
    assert len({rule["Id"] for rule in found["lake"].values()}) == 729


def test_rows_that_are_written_anew_expire_by_what_their_tag_says(tmp_path: Path) -> None:
    found = rules(tmp_path, 1, 'keep = "5d"')["lake"]
    tagged = {left: rule for left, rule in found.items() if rule.get("TagFilters")}
    assert {left: rule["ExpirationInDays"] for left, rule in tagged.items()} == {
        "1": 1,
        "2": 2,
        "3": 3,
        "4": 4,
    }
    assert all(rule["TagFilters"] == [{"Key": DAYS_LEFT, "Value": left}] for left, rule in tagged.items())


@pytest.mark.parametrize(
    ("keep", "days"),
    [
        (None, 30),
        ("1d", 1),
        ("2d", 1),
        ("4d", 3),
        ("6d", 5),
        ("13d", 7),
        ("29d", 14),
        ("30d", 30),
        ("400d", 30),
    ],
)
def test_a_log_that_may_hold_inputs_forgets_within_keep_and_a_month(
    tmp_path: Path, keep: str | None, days: int
) -> None:
    stack = Stack(App(outdir=str(tmp_path)), "logs")
    logs.LogGroup(stack, "Logs", retention=retention.log_retention(Duration.parse(keep) if keep else None))
    template = stack.node.root.synth().get_stack_by_name("logs").template  # type: ignore[attr-defined]
    [group] = template["Resources"].values()
    assert group["Properties"]["RetentionInDays"] == days


def test_items_of_tables_may_say_when_they_expire(platform: Template) -> None:
    tables = platform.properties("AWS::DynamoDB::Table")
    assert {table["TimeToLiveSpecification"]["AttributeName"] for table in tables} == {"expires_at"}
    assert all(table["TimeToLiveSpecification"]["Enabled"] for table in tables)


def test_every_log_group_forgets_within_a_month(model: Template, platform: Template) -> None:
    kept = {
        group["RetentionInDays"]
        for template in (model, platform)
        for group in template.properties("AWS::Logs::LogGroup")
    }
    assert kept == {30}
