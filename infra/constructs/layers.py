"""The Lambda layers of a stack, as `scripts/build` made them."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import cast

from aws_cdk import AssetHashType, CfnOutput, Fn, Stack, Stage
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from bundling.digests import text_digest
from bundling.layers import EXTRACTION, THIRD_PARTY
from infra.constructs import architecture
from infra.settings import Settings
from keepfit.definitions.own_extractors import extractor_files
from keepfit.features.extractors.files import FOLDER, file_name
from keepfit.features.extractors.own_onnx import OwnExtractor
from keepfit.features.schema.cell_form import CellForm
from keepfit.features.schema.definition import DatasetDefinition

_EXTRACTORS = "extractors"
LAYERS = "keepfit-layers-"
_RUNTIME = lambda_.Runtime.PYTHON_3_13


def picture_layers(fields: Iterable[CellForm], *, runtime: bool) -> tuple[str, ...]:
    """The layers that decode pictures and make vectors of them, where ``fields`` hold some.

    ``runtime`` is whether the function has ONNX Runtime anyway.
    """
    forms = [field for field in fields if field.type == "image"]
    if any(isinstance(form.extractor, OwnExtractor) for form in forms):
        return ("vision" if runtime else EXTRACTION, _EXTRACTORS)
    return ("vision",) if forms else ()


class Layers(Construct):
    """The layers by name: packages imported from their stack, keepfit itself made in this one.

    keepfit's own code is small and changes with every update, so each stack has the one it was deployed with. So it is
    with extractors of the user's own, those of ``datasets``.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        settings: Settings,
        datasets: Iterable[DatasetDefinition],
    ) -> None:
        super().__init__(scope, construct_id)
        self.settings = settings
        self._extractors = extractor_files(settings.models, datasets)
        self._versions: dict[str, lambda_.ILayerVersion] = {}
        # Shows which of the stacks with packages are still in use.
        CfnOutput(self, "Stack", value=layers_stack(settings)).override_logical_id("LayersStack")

    def __getitem__(self, name: str) -> lambda_.ILayerVersion:
        if name not in self._versions:
            self._versions[name] = self._find(name)
        return self._versions[name]

    def _find(self, name: str) -> lambda_.ILayerVersion:
        if name == _EXTRACTORS:
            return _extractors_layer(self, self._extractors)
        if name not in THIRD_PARTY:
            return layer_version(self, name, settings=self.settings)
        arn = Fn.import_value(layers_export(self.settings, name))
        return lambda_.LayerVersion.from_layer_version_arn(self, name.capitalize(), arn)


def layer_version(scope: Construct, name: str, *, settings: Settings) -> lambda_.LayerVersion:
    """The built layer as a resource of ``scope``."""
    bundle = settings.manifest.layers[name]
    return lambda_.LayerVersion(
        scope,
        name.capitalize(),
        description=f"keepfit: {name}",
        code=lambda_.Code.from_asset(
            settings.bundle_path(bundle), asset_hash=bundle.digest, asset_hash_type=AssetHashType.CUSTOM
        ),
        compatible_runtimes=[_RUNTIME],
        compatible_architectures=[architecture.FUNCTIONS],
    )


def _extractors_layer(scope: Construct, files: Mapping[str, Path]) -> lambda_.LayerVersion:
    """Networks of the user, each under its digest."""
    outdir = Path(cast(Stage, Stage.of(scope)).outdir)
    folder = outdir / "extractors" / Stack.of(scope).stack_name
    held = folder / "python" / FOLDER
    held.mkdir(parents=True, exist_ok=True)
    for sha256, path in files.items():
        shutil.copyfile(path, held / file_name(sha256))
    return lambda_.LayerVersion(
        scope,
        "Extractors",
        description="keepfit: extractors",
        code=lambda_.Code.from_asset(str(folder)),
        compatible_runtimes=[_RUNTIME],
        compatible_architectures=[architecture.FUNCTIONS],
    )


def layers_stack(settings: Settings) -> str:
    """The name of the stack with these packages; it changes with their content, runtime or architecture."""
    layers = settings.manifest.layers
    lines = (
        f"{name} {layers[name].digest} {_RUNTIME.name} {architecture.FUNCTIONS.name}" for name in THIRD_PARTY
    )
    return f"{LAYERS}{text_digest(lines)[:8]}"


def layers_export(settings: Settings, name: str) -> str:
    """The name of the export with the ARN of one layer."""
    return f"{layers_stack(settings)}-{name.capitalize()}"
