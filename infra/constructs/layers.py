"""The Lambda layers of a stack, as `scripts/build` made them."""

from __future__ import annotations

from collections.abc import Iterable

from aws_cdk import AssetHashType, CfnOutput, Fn
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from bundling.digests import text_digest
from bundling.layers import THIRD_PARTY
from infra.constructs import architecture
from infra.settings import Settings

LAYERS = "keepfit-layers-"
_RUNTIME = lambda_.Runtime.PYTHON_3_13


def vision_of(types: Iterable[str]) -> tuple[str, ...]:
    """The layer that decodes pictures, where fields of these types hold some."""
    return ("vision",) if "image" in types else ()


class Layers(Construct):
    """The layers by name: packages imported from their stack, keepfit itself made in this one.

    keepfit's own code is small and changes with every update, so each stack has the one it was deployed with.
    """

    def __init__(self, scope: Construct, construct_id: str, *, settings: Settings) -> None:
        super().__init__(scope, construct_id)
        self.settings = settings
        self._versions: dict[str, lambda_.ILayerVersion] = {}
        # Shows which of the stacks with packages are still in use.
        CfnOutput(self, "Stack", value=layers_stack(settings)).override_logical_id("LayersStack")

    def __getitem__(self, name: str) -> lambda_.ILayerVersion:
        if name not in self._versions:
            self._versions[name] = self._find(name)
        return self._versions[name]

    def _find(self, name: str) -> lambda_.ILayerVersion:
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
