from __future__ import annotations

import json
import marshal
import sys
import zipfile
from pathlib import Path

import pytest

from bundling.layers import MAX_UNPACKED_BYTES, THIRD_PARTY
from bundling.manifest import Manifest
from infra.constructs.layers import LAYERS
from infra.model_context import function_name
from keepfit.layout import ModelScope
from planning.templates import Json, Template
from tests.infra.assembly import ROOT

BY_EVENT = {
    "ingest_upload",
    "register_table",
    "materialize_features",
    "dispatch_event",
    "monitor_model",
    "move_alias",
    "close_run",
    "notify_people",
}
SHARING = [
    {"admit_trigger", "close_run", "record_failure", "evaluate_canary"},
    {"build_training_set", "judge_candidates", "replay_requests"},
]


@pytest.fixture(scope="module")
def functions(templates: list[Template]) -> dict[str, tuple[Template, Json]]:
    return {name: (t, resource["Properties"]) for t in templates for name, resource in t.functions().items()}


def test_every_function_is_the_one_of_its_folder(with_online_views: list[Template]) -> None:
    deployed = {name for template in with_online_views for name in template.functions()}
    handlers = {path.parent.name for path in ROOT.glob("functions/*/handler.py")}
    # One is packaged with each release, the other is an image.
    assert deployed == handlers - {"predict", "train_candidate"}


def test_every_function_says_its_timeout_memory_runtime_and_log_group(
    functions: dict[str, tuple[Template, Json]],
) -> None:
    for name, (template, function) in functions.items():
        assert 0 < function["Timeout"] <= 900, name
        assert function["MemorySize"] >= 512, name
        assert (function["Runtime"], function["Architectures"]) == ("python3.13", ["x86_64"]), name
        group = template.document["Resources"][function["LoggingConfig"]["LogGroup"]["Ref"]]
        assert group["Properties"]["RetentionInDays"] == 30, name


def test_the_training_image_is_a_function_too_with_the_role_and_the_log_of_its_task(model: Template) -> None:
    function, (task,) = model.image_function(), model.properties("AWS::ECS::TaskDefinition")
    assert function["Code"]["ImageUri"] == task["ContainerDefinitions"][0]["Image"]
    assert function["Role"] == task["TaskRoleArn"]
    assert function["ImageConfig"]["EntryPoint"] == ["python", "-m", "awslambdaric"]
    assert (function["Timeout"], function["Architectures"]) == (900, ["x86_64"])
    # What an account may ask for before its limit was raised.
    assert function["MemorySize"] <= 3008
    [stream] = [
        each["Options"] for each in [task["ContainerDefinitions"][0]["LogConfiguration"]] if each["LogDriver"]
    ]
    assert function["LoggingConfig"]["LogGroup"] == stream["awslogs-group"]


def test_functions_share_a_role_only_where_they_do_much_the_same(
    functions: dict[str, tuple[Template, Json]],
) -> None:
    sharing: dict[str, set[str]] = {}
    for name, (template, function) in functions.items():
        sharing.setdefault(json.dumps([template.name, function["Role"]]), set()).add(name)
    assert sorted(map(sorted, sharing.values())) == sorted(
        [*map(sorted, SHARING), *([name] for name in functions.keys() - set().union(*SHARING))]
    )


def test_a_model_has_at_most_nine_roles(model: Template) -> None:
    assert len(model.of("AWS::IAM::Role")) == 9


def test_no_two_functions_share_a_log_group(functions: dict[str, tuple[Template, Json]]) -> None:
    groups = {
        json.dumps([template.name, function["LoggingConfig"]]) for template, function in functions.values()
    }
    assert len(groups) == len(functions)


def test_a_name_that_others_know_fits_lambda_for_the_longest_name_of_a_model() -> None:
    longest = ModelScope("m" * 40).stack
    names = [function_name(longest, name) for name in ("move_alias", "close_run", "monitor_model")]
    assert max(map(len, names)) <= 64


def test_what_is_invoked_by_events_has_a_dead_letter_queue(
    functions: dict[str, tuple[Template, Json]],
) -> None:
    assert {name for name, (_, function) in functions.items() if "DeadLetterConfig" in function} == BY_EVENT


def test_every_log_group_forgets(templates: list[Template]) -> None:
    for template in templates:
        assert all(group["RetentionInDays"] for group in template.properties("AWS::Logs::LogGroup"))


@pytest.mark.parametrize("target", ["local", "aws"])
def test_every_function_fits_lambda_unpacked(
    functions: dict[str, tuple[Template, Json]], target: str, aws_assembly: Path
) -> None:
    assert aws_assembly.is_dir()
    layers = Manifest.read(ROOT / "build" / target).layers
    for name, (template, function) in functions.items():
        size = sum(layers[layer].bytes for layer in template.layers_of(function))
        assert 0 < size < MAX_UNPACKED_BYTES - 10 * 2**20, name  # ten megabytes for the code and the model


def test_packages_are_kept_once_per_account_in_a_stack_that_is_named_by_what_is_in_them(
    functions: dict[str, tuple[Template, Json]], templates: list[Template], layers: Template
) -> None:
    exported = {output["Export"]["Name"] for output in layers.document["Outputs"].values()}
    assert exported == {f"{layers.name}-{name.capitalize()}" for name in THIRD_PARTY}
    assert len(layers.document["Resources"]) == len(THIRD_PARTY)
    imported = {
        layer["Fn::ImportValue"]
        for _, function in functions.values()
        for layer in function["Layers"]
        if "Fn::ImportValue" in layer
    }
    # What decodes pictures is for definitions that have some.
    assert exported - imported == {f"{layers.name}-Vision"}
    for template in templates:
        own = {layer["Description"] for layer in template.properties("AWS::Lambda::LayerVersion")}
        assert own == {"keepfit: keepfit"}
        assert template.document["Outputs"]["LayersStack"]["Value"] == layers.name


def test_other_packages_are_another_stack_so_that_nothing_that_is_imported_changes(
    session_folder: Path, later: dict[str, Template], layers: Template
) -> None:
    (name,) = [name for name in later if name.startswith(LAYERS)]
    assert name != layers.name
    stacks = json.loads((session_folder / "later" / "manifest.json").read_text())["artifacts"]
    assert name in stacks["keepfit-platform"]["dependencies"]
    assert "keepfit-platform" in stacks["keepfit-flight-delay"]["dependencies"]


def test_a_step_is_told_where_everything_is(model: Template) -> None:
    for name, function in model.functions().items():
        told = set(function["Properties"]["Environment"]["Variables"])
        places = {
            "KEEPFIT_LAKE_BUCKET",
            "KEEPFIT_ARTIFACTS_BUCKET",
            "KEEPFIT_REGISTRY_TABLE",
            "KEEPFIT_DEFINITION",
        }
        assert name == "predict_unreleased" or {"KEEPFIT_MODEL", *places} <= told, name
    variables = model.functions()["admit_trigger"]["Properties"]["Environment"]["Variables"]
    assert {"KEEPFIT_PREDICT_FUNCTION", "KEEPFIT_DRIFT_ALARM", "KEEPFIT_CODE_DIGEST"} <= set(variables)


def test_the_definition_a_function_reads_is_the_one_that_is_deployed(assembly: Path, model: Template) -> None:
    told = model.functions()["admit_trigger"]["Properties"]["Environment"]["Variables"]["KEEPFIT_DEFINITION"]
    key = told["Fn::Join"][1][-1].lstrip("/")
    assert json.loads((assembly / f"asset.{key}").read_text())["name"] == "flight_delay"


def test_layers_hold_bytecode_that_is_taken_as_it_is(assembly: Path) -> None:
    assert assembly.is_dir()
    layer = ROOT / "build" / "local" / "layers" / "inference.zip"
    with zipfile.ZipFile(layer) as archive:
        compiled = archive.read(f"python/numpy/__pycache__/__init__.{sys.implementation.cache_tag}.pyc")
    assert int.from_bytes(compiled[4:8], "little") == 0b01  # hash-based, and not compared with the source
    assert marshal.loads(compiled[16:]).co_filename == "/opt/python/numpy/__init__.py"  # noqa: S302
