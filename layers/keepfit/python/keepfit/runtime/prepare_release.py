"""Composition root of `prepare_release`: builds ``Preparation``, and prunes old versions."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from keepfit import instants, variables
from keepfit.adapters.aws.dynamodb_versions import DynamoVersions
from keepfit.adapters.aws.s3_artifacts import S3Artifacts
from keepfit.adapters.aws.s3_stack_files import read_stack_file
from keepfit.adapters.aws.signed_requests import SignedRoute
from keepfit.application.release_tests import ReleaseTests
from keepfit.definitions.compiled_model import CompiledModel
from keepfit.layout import ModelScope
from keepfit.registry.release_report import ReleaseReport
from keepfit.runtime.definition import deployed_model, model_of_run
from keepfit.runtime.live import live_routing, patience_s, release_target
from keepfit.runtime.registry_items import registry_items, release_ledger
from keepfit.runtime.settings import setting
from keepfit.serving.release.prepare import PackagesGraph, Preparation, Prepared
from keepfit.serving.release.pruning import Pruned, Pruning
from keepfit.serving.release.system_tests import SystemTests
from keepfit.training.runs.run_files import RunFiles

if TYPE_CHECKING:
    from keepfit.serving.graph.compiled import CompiledGraph

_GRAPHS: Final = "keepfit.runtime.package_graph"


def preparation(run_id: str, model: CompiledModel) -> Preparation:
    """Builds ``Preparation`` from environment variables, for the run that releases.

    Raises NotFound where the stack left a variable out.
    """
    bucket = setting(variables.ARTIFACTS_BUCKET)
    target = release_target()
    return Preparation(
        artifacts=S3Artifacts(bucket=bucket),
        bucket=bucket,
        handler=lambda: read_stack_file(setting(variables.HANDLER)),
        versions=DynamoVersions(items=registry_items(), stack=setting(variables.STACK_ID)),
        target=target,
        live=live_routing(),
        testing=ReleaseTests(
            system=SystemTests(
                route=SignedRoute(url=setting(variables.NEXT_ROUTE)),
                target=target,
                timeout_s=patience_s(),
            ),
            files=RunFiles(S3Artifacts(bucket=bucket), ModelScope(model.name).run(run_id)),
            gates=model.definition.gates,
            trained_by=lambda trained: model_of_run(trained).definition,
        ),
        now=instants.now,
        graph=_packaging(model.graph, S3Artifacts(bucket=bucket)) if model.graph else None,
    )


def _packaging(graph: CompiledGraph, artifacts: S3Artifacts) -> PackagesGraph:
    """What packages a graph; imported where there is one."""
    packaging: PackagesGraph = import_module(_GRAPHS).packaging(graph, artifacts)
    return packaging


def prepare(event: dict[str, Any]) -> Prepared:
    """Prepares the version of ``event``, to be released as the run's definition says."""
    model = model_of_run(event["run_id"])
    return preparation(event["run_id"], model).prepare(event["version"], model.definition.release.strategy)


def test(event: dict[str, Any]) -> ReleaseReport:
    """Tests the release of ``event`` over HTTPS, to which the alias ``next`` points."""
    tested = preparation(event["run_id"], model_of_run(event["run_id"]))
    return tested.test(event["version"], event["lambda_version"], event["code_sha256"])


def prune() -> Pruned:
    """Deletes the Lambda versions that the deployed definition does not keep."""
    pruning = Pruning(
        live=live_routing(),
        target=release_target(),
        versions=DynamoVersions(items=registry_items(), stack=setting(variables.STACK_ID)),
        ledger=release_ledger(),
        now=instants.now,
    )
    return pruning.prune(deployed_model().definition.release.keep_versions)
