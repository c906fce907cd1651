from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from bundling.manifest import Manifest
from bundling.targets import Target
from infra.acknowledgements import Acknowledged
from tests.infra.assembly import ROOT, Template, read, synthesize


def described(assembly: Path) -> dict[str, str]:
    """All that the assembly says, but for the notes that CDK keeps on how it was made."""
    made = [
        *assembly.glob("*.template.json"),
        *assembly.glob("*.assets.json"),
        *assembly.glob("definitions/*"),
    ]
    return {path.relative_to(assembly).as_posix(): path.read_text() for path in sorted(made)}


def test_the_template_is_the_same_for_every_target_time_and_place(assembly: Path, aws_assembly: Path) -> None:
    here, there = described(assembly), described(aws_assembly)
    assert len(here) == 7
    assert here == there


def test_both_targets_were_built_from_the_same_sources_into_different_files(aws_assembly: Path) -> None:
    assert aws_assembly.is_dir()
    local, aws = (Manifest.read(ROOT / "build" / target) for target in Target)
    assert {n: b.digest for n, b in local.layers.items()} == {n: b.digest for n, b in aws.layers.items()}
    zips = [(ROOT / "build" / target / "layers" / "inference.zip").read_bytes() for target in Target]
    assert zips[0] != zips[1]


def test_templates_name_no_machine_and_no_account(assembly: Path) -> None:
    for name, text in described(assembly).items():
        assert str(ROOT) not in text, name
        assert str(assembly) not in text, name
        assert not re.search(r"\b\d{12}\b", text), name


def test_what_is_not_built_is_asked_for(checkout: Path, tmp_path: Path) -> None:
    made = synthesize(tmp_path / "out", root=checkout, target="aws")
    assert made.returncode != 0
    assert "nothing is built for aws yet: run scripts/build aws" in made.stderr


@pytest.mark.parametrize(
    ("target", "context", "says"),
    [
        ("mars", {}, "KEEPFIT_BUILD_TARGET is 'mars'; it can be"),
        (
            "local",
            {"keepfit:notify": "alarms"},
            "keepfit:notify is 'alarms'; it must be the ARN of a standard SNS",
        ),
        (
            "local",
            {"keepfit:notify": "arn:aws:sns:eu-west-1:123456789012:a.fifo"},
            "ARN of a standard SNS topic",
        ),
        ("local", {"keepfit:removal": "maybe"}, "keepfit:removal is 'maybe'; it can be retain or destroy"),
    ],
)
def test_a_setting_without_meaning_is_refused(
    checkout: Path, tmp_path: Path, target: str, context: dict[str, str], says: str
) -> None:
    made = synthesize(tmp_path / "out", root=checkout, target=target, context=context)
    assert made.returncode != 0
    assert says in made.stderr


def test_cdk_nag_refuses_exactly_what_is_acknowledged(checkout: Path, tmp_path: Path) -> None:
    source = checkout / "infra" / "acknowledgements.py"
    kept = source.read_text()
    head, body = kept.split("    Validations.of(construct)", 1)
    source.write_text(f"{head}    return None\n    Validations.of(construct){body}")
    try:
        made = synthesize(tmp_path / "out", root=checkout)
    finally:
        source.write_text(kept)
    assert made.returncode != 0
    report = json.loads((tmp_path / "out" / "validation-report.json").read_text())
    refused = {
        violation["ruleName"].split("[")[0]
        for plugin in report["pluginReports"]
        for violation in plugin["violations"]
    }
    assert refused == {rule for one in Acknowledged for rule in one.value[0]}


def test_exceptions_are_few_and_each_has_its_reason() -> None:
    assert len(Acknowledged) <= 13
    reasons = {one.value[1] for one in Acknowledged}
    assert len(reasons) == len(Acknowledged)
    assert all(len(reason) > 40 for reason in reasons)


def test_every_alarm_of_every_stack_tells_the_topic_when_there_is_one(
    checkout: Path, tmp_path: Path, templates: list[Template]
) -> None:
    topic = "arn:aws:sns:eu-west-1:123456789012:alarms"
    made = synthesize(tmp_path / "out", root=checkout, context={"keepfit:notify": topic})
    assert made.returncode == 0, made.stderr
    told = {
        template.name: template.properties("AWS::CloudWatch::Alarm")
        for template in read(tmp_path / "out").values()
    }
    silent = {template.name: template.properties("AWS::CloudWatch::Alarm") for template in templates}
    assert {name: len(alarms) for name, alarms in told.items()} == {
        name: len(a) for name, a in silent.items()
    }
    assert all(silent.values())
    for alarm in (alarm for alarms in told.values() for alarm in alarms):
        assert (alarm["AlarmActions"], alarm["OKActions"]) == ([topic], [topic])
    for alarm in (alarm for alarms in silent.values() for alarm in alarms):
        assert not {"AlarmActions", "OKActions", "InsufficientDataActions"} & set(alarm)
