from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infra import ROOT  # first: it gives jsii its Node

# isort: split
from aws_cdk import App

from bundling.manifest import Bundle, Manifest
from bundling.targets import Target
from infra.acknowledgements import Acknowledged
from infra.constructs.layers import LAYERS
from infra.settings import EMBEDDED_ACCOUNT, InvalidSetting, Settings
from localcloud import launcher
from planning.templates import Template
from tests.infra.assembly import synthesize
from tests.infra.conftest import TOPIC


def described(assembly: Path) -> dict[str, str]:
    """All that the assembly says, but for the notes that CDK keeps on how it was made."""
    made = [
        *assembly.glob("*.template.json"),
        *assembly.glob("*.assets.json"),
        *assembly.glob("definitions/*"),
    ]
    return {path.relative_to(assembly).as_posix(): path.read_text() for path in sorted(made)}


def test_but_for_what_is_in_the_layers_the_template_is_the_same_for_every_target_time_and_place(
    assembly: Path, aws_assembly: Path
) -> None:
    here, there = without_layers(assembly), without_layers(aws_assembly)
    assert len(here) == len(there) == 8
    assert here == there


def without_layers(assembly: Path) -> dict[str, Any]:
    """Templates and definitions with the name of each layer for the address of its zip."""
    (stack,) = [path.name.partition(".")[0] for path in assembly.glob(f"{LAYERS}*.template.json")]
    said = {
        name.replace(stack, "<layers>"): json.loads(text.replace(stack, "<layers>"))
        for name, text in described(assembly).items()
        if not name.endswith(".assets.json")
    }
    for document in said.values():
        for resource in document.get("Resources", {}).values():
            if resource["Type"] == "AWS::Lambda::LayerVersion":
                resource["Properties"]["Content"] = resource["Properties"]["Description"]
    return said


def test_layers_of_different_targets_never_share_an_address(aws_assembly: Path) -> None:
    assert aws_assembly.is_dir()
    local, aws = (Manifest.read(ROOT / "build" / target) for target in Target)
    assert local.code_digest == aws.code_digest
    same = {name for name in local.layers if local.layers[name].digest == aws.layers[name].digest}
    assert same == {"keepfit"}  # sources alone


def test_templates_name_no_machine_and_no_account(assembly: Path) -> None:
    for name, text in described(assembly).items():
        assert str(ROOT) not in text, name
        assert str(assembly) not in text, name
        assert not re.search(r"\b\d{12}\b", text), name


def test_templates_work_in_every_partition(templates: list[Template]) -> None:
    """In aws-cn and aws-us-gov other ARNs and other host names hold; services have the same principals everywhere."""
    for template in templates:
        for path, text in texts_of(template.document):
            assert not re.search(r"\barn:aws", text), (template.name, path, text)
            named = re.fullmatch(r"[a-z0-9.-]+\.amazonaws\.com", text)
            assert "amazonaws.com" not in text or (named and _PRINCIPALS & {*path}), (
                template.name,
                path,
                text,
            )


_PRINCIPALS = {"Principal", "iam:PassedToService"}


def texts_of(node: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """Every text of a template with the keys that lead to it."""
    match node:
        case str():
            yield path, node
        case dict():
            for key, value in node.items():
                yield from texts_of(value, (*path, key))
        case list():
            for value in node:
                yield from texts_of(value, path)


def test_what_is_not_built_is_asked_for(checkout: Path, tmp_path: Path) -> None:
    made = synthesize(tmp_path / "out", root=checkout, target="aws")
    assert made.returncode != 0
    assert "nothing is built for aws yet: run `keepfit build aws`" in made.stderr


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
    monkeypatch: pytest.MonkeyPatch, target: str, context: dict[str, str], says: str
) -> None:
    monkeypatch.setenv("KEEPFIT_BUILD_TARGET", target)
    with pytest.raises(InvalidSetting, match=re.escape(says)):
        Settings.of(App(context=context), ROOT)


def test_a_tracking_server_is_an_address_of_http(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEEPFIT_BUILD_TARGET", "local")
    for uri, kept in (("https://mlflow.example.org", "https://mlflow.example.org"), ("", None)):
        monkeypatch.setenv("KEEPFIT_MLFLOW_URI", uri)
        assert Settings.of(App(), ROOT).tracking_server == kept
    monkeypatch.setenv("KEEPFIT_MLFLOW_URI", "file:///mlruns")
    with pytest.raises(InvalidSetting, match="must be the address of an MLflow server"):
        Settings.of(App(), ROOT)


LAYERS_FOR_HERE = "layers for this machine do not run on AWS. Unset KEEPFIT_BUILD_TARGET"
UNCOMPILED = "built for synthesis only, without bytecode: run scripts/build without KEEPFIT_SYNTHESIS_ONLY"


@pytest.mark.parametrize(
    ("target", "compiled", "variables", "refused"),
    [
        ("local", True, {"CDK_DEFAULT_ACCOUNT": "123456789012"}, LAYERS_FOR_HERE),
        ("local", True, {"CDK_DEFAULT_ACCOUNT": "000000000000"}, None),
        ("local", True, {}, None),
        ("aws", True, {"CDK_DEFAULT_ACCOUNT": "123456789012"}, None),
        ("aws", False, {}, UNCOMPILED),
        ("aws", False, {"KEEPFIT_SYNTHESIS_ONLY": "1"}, None),
        (
            "aws",
            False,
            {"KEEPFIT_SYNTHESIS_ONLY": "1", "CDK_DEFAULT_ACCOUNT": "123456789012"},
            UNCOMPILED,
        ),
        (
            "aws",
            False,
            {"KEEPFIT_SYNTHESIS_ONLY": "1", "CDK_DEFAULT_ACCOUNT": "000000000000"},
            None,
        ),
    ],
)
def test_what_was_built_for_less_than_a_deployment_never_gets_to_a_real_account(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    target: str,
    compiled: bool,
    variables: dict[str, str],
    refused: str | None,
) -> None:
    bundle = Bundle(path="handlers/predict.zip", digest="d", bytes=1)
    (tmp_path / "build" / target).mkdir(parents=True)
    manifest = Manifest(
        layers={}, handler=bundle, image="i", server_image="s", code_digest="c", compiled=compiled
    )
    manifest.write(tmp_path / "build" / target)
    for name in ("CDK_DEFAULT_ACCOUNT", "KEEPFIT_SYNTHESIS_ONLY"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {**variables, "KEEPFIT_BUILD_TARGET": target}.items():
        monkeypatch.setenv(name, value)
    if refused is None:
        assert Settings.of(App(), tmp_path).manifest == manifest
    else:
        with pytest.raises(InvalidSetting, match=refused):
            Settings.of(App(), tmp_path)


def test_the_embedded_cloud_is_told_by_the_account_that_it_plays() -> None:
    assert launcher._arguments(["--state", "s", "--shared", "s"]).account == EMBEDDED_ACCOUNT


_WRONG = """
from aws_cdk import CfnResource
CfnResource(app.stacks.layers, "Wrong", type="AWS::SQS::Queue", properties={"DelaySeconds": "soon"})
"""


_CONTAINED = """
[dataset.parcels]
event_time = "at"
[dataset.parcels.fields]
at = { type = "timestamp" }
weight = { type = "float" }
late = { type = "bool", nullable = true }
[model.parcel_delay]
dataset = "parcels"
label = "late"
inputs = ["weight"]
serving = { on = "container" }
[channel.desk]
mail = ["desk@example.org"]
"""


def test_what_is_not_acknowledged_and_what_cloudformation_would_refuse_is_not_synthesized(
    checkout: Path, tmp_path: Path
) -> None:
    source, program = checkout / "infra" / "acknowledgements.py", checkout / "app.py"
    kept, whole = source.read_text(), program.read_text()
    head, body = kept.split("    Validations.of(construct)", 1)
    source.write_text(f"{head}    return None\n    Validations.of(construct){body}")
    program.write_text(whole.replace("app.synth()", f"{_WRONG}app.synth()"))
    contained = checkout / "models" / "contained.toml"
    contained.write_text(_CONTAINED)
    try:
        made = synthesize(tmp_path / "out", root=checkout, CDK_VALIDATION="true")
    finally:
        source.write_text(kept)
        program.write_text(whole)
        contained.unlink()
    assert made.returncode != 0
    report = json.loads((tmp_path / "out" / "validation-report.json").read_text())
    by_plugin = {
        plugin["pluginName"]: {violation["ruleName"].split("[")[0] for violation in plugin["violations"]}
        for plugin in report["pluginReports"]
    }
    assert by_plugin.pop("CloudFormation Validate") == {"F3012"}  # of another type than the property
    assert set().union(*by_plugin.values()) == {rule for one in Acknowledged for rule in one.value[0]}


def test_exceptions_are_few_and_each_has_its_reason() -> None:
    assert len(Acknowledged) <= 19
    reasons = {one.value[1] for one in Acknowledged}
    assert len(reasons) == len(Acknowledged)
    assert all(len(reason) > 40 for reason in reasons)


def test_every_alarm_of_every_stack_tells_the_topic_when_there_is_one(
    later: dict[str, Template], templates: list[Template]
) -> None:
    told = {
        template.name: template.properties("AWS::CloudWatch::Alarm")
        for template in later.values()
        if not template.name.startswith(LAYERS)
    }
    silent = {template.name: template.properties("AWS::CloudWatch::Alarm") for template in templates}
    assert {name: len(alarms) for name, alarms in told.items()} == {
        name: len(a) for name, a in silent.items()
    }
    assert all(silent.values())
    for alarm in (alarm for alarms in told.values() for alarm in alarms):
        assert (alarm["AlarmActions"], alarm["OKActions"]) == ([TOPIC], [TOPIC])
    for alarm in (alarm for alarms in silent.values() for alarm in alarms):
        assert not {"AlarmActions", "OKActions", "InsufficientDataActions"} & set(alarm)
