"""The layers of a stack's functions, as `scripts/build` made them."""

from __future__ import annotations

from aws_cdk import AssetHashType
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.constructs import architecture
from infra.settings import Settings


class Layers(Construct):
    """Each layer once per stack, when first asked for.

    Not shared between stacks: the address of a layer changes with its content, and a value that another stack imports
    cannot change.
    """

    def __init__(self, scope: Construct, construct_id: str, *, settings: Settings) -> None:
        super().__init__(scope, construct_id)
        self.settings = settings
        self._made: dict[str, lambda_.LayerVersion] = {}

    def __getitem__(self, name: str) -> lambda_.LayerVersion:
        if name not in self._made:
            self._made[name] = self._make(name)
        return self._made[name]

    def _make(self, name: str) -> lambda_.LayerVersion:
        bundle = self.settings.manifest.layers[name]
        return lambda_.LayerVersion(
            self,
            name.capitalize(),
            description=f"keepfit: {name}",
            code=lambda_.Code.from_asset(
                self.settings.bundle_path(bundle),
                asset_hash=bundle.digest,
                asset_hash_type=AssetHashType.CUSTOM,
            ),
            compatible_runtimes=[lambda_.Runtime.PYTHON_3_13],
            compatible_architectures=[architecture.FUNCTIONS],
        )
