"""The stack of the layers with third-party packages, once per account."""

from __future__ import annotations

from aws_cdk import CfnOutput, Stack
from constructs import Construct

from bundling.layers import THIRD_PARTY
from infra.constructs.layers import layer_version, layers_export, layers_stack
from infra.settings import Settings


class LayersStack(Stack):
    """The layers of third-party packages, in a stack named by their content.

    What another stack imports cannot change. Here nothing ever does: other packages are another stack, the others move
    over to it one by one, each may fail and go back, and CloudFormation refuses to delete the one that is still used.
    """

    def __init__(self, scope: Construct, *, settings: Settings) -> None:
        name = layers_stack(settings)
        super().__init__(scope, name, description="keepfit: packages, shared by the functions of all stacks")
        for layer in THIRD_PARTY:
            version = layer_version(self, layer, settings=settings)
            CfnOutput(
                self,
                f"{layer.capitalize()}Layer",
                value=version.layer_version_arn,
                export_name=layers_export(settings, layer),
            )
