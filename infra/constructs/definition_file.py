"""Compiled definitions as a file of the stack that functions can read."""

from __future__ import annotations

from pathlib import Path
from typing import cast

from aws_cdk import Stack, Stage
from aws_cdk import aws_s3_assets as assets
from constructs import Construct

from infra.constructs.access import Access
from keepfit import variables
from keepfit.definitions.compiled_model import CompiledDatasets, CompiledModel, CompiledViews, encode
from keepfit.monitoring.notices.channel_definition import Channels


class DefinitionFile(Construct):
    """A compiled definition, uploaded with the stack under the digest of its content.

    ``name`` is for a stack with several.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        definition: CompiledModel | CompiledDatasets | CompiledViews | Channels,
        name: str | None = None,
    ) -> None:
        super().__init__(scope, construct_id)
        file = f"{'-'.join(filter(None, [Stack.of(self).stack_name, name]))}.json"
        source = Path(cast(Stage, Stage.of(self)).outdir) / "definitions" / file
        source.parent.mkdir(parents=True, exist_ok=True)
        source.write_bytes(encode(definition))
        self._asset = assets.Asset(self, "File", path=str(source))

    @property
    def environment(self) -> dict[str, str]:
        """The environment variable that holds the file's location."""
        return {variables.DEFINITION: asset_location(self._asset)}

    @property
    def read_access(self) -> Access:
        """Gets this file."""
        return read_asset(self._asset)


def asset_location(asset: assets.Asset) -> str:
    """The location of a file of the stack, ``bucket/key``, as functions receive it."""
    return f"{asset.s3_bucket_name}/{asset.s3_object_key}"


def read_asset(asset: assets.Asset) -> Access:
    """Gets this one object."""
    return Access(actions=("s3:GetObject",), resources=(asset.bucket.arn_for_objects(asset.s3_object_key),))
