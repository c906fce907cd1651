"""The CDK app: settings and definitions become stacks, which pass the policy checks."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from aws_cdk import App, Validations
from cdk_nag import AwsSolutionsChecks, ServerlessChecks
from constructs import Construct

from infra import ROOT
from infra.settings import FEATURE_FLAGS, InvalidSetting, Settings
from infra.stacks.layers import LayersStack
from infra.stacks.model import ModelStack
from infra.stacks.platform import PlatformStack
from keepfit.definitions import compiling
from keepfit.errors import InvalidDefinition


@dataclass(frozen=True, slots=True, kw_only=True)
class Stacks:
    """All stacks of one deployment; ``models`` by the name of the model."""

    layers: LayersStack
    platform: PlatformStack
    models: Mapping[str, ModelStack]


def add_stacks(scope: Construct, settings: Settings) -> Stacks:
    """Adds the stacks of all definitions to an app, which needs ``FEATURE_FLAGS`` as its context.

    Raises:
        InvalidDefinition: with every mistake of the definitions.
    """
    defined = compiling.compile_all(settings.models)
    layers = LayersStack(scope, settings=settings)
    models = list(defined.models.values())
    platform = PlatformStack(
        scope,
        settings=settings,
        datasets=defined.datasets,
        models=models,
        views=defined.online,
        channels=defined.channels,
    )
    platform.add_stack_dependency(layers)
    stacks = {compiled.name: ModelStack(scope, settings=settings, model=compiled) for compiled in models}
    for stack in stacks.values():
        stack.add_stack_dependency(platform)
    return Stacks(layers=layers, platform=platform, models=stacks)


class KeepfitApp(App):
    """An app with the stacks of all definitions, checked by cdk-nag; others may be added to it.

    Raises:
        SystemExit: with the mistakes of settings and definitions.
    """

    def __init__(self, root: Path = ROOT) -> None:
        super().__init__(context=FEATURE_FLAGS, analytics_reporting=False)
        try:
            self.stacks = add_stacks(self, Settings.of(self, root))
        except (InvalidDefinition, InvalidSetting) as error:
            sys.exit(f"keepfit: {error}")
        Validations.of(self).add_plugins(AwsSolutionsChecks(self), ServerlessChecks(self))
