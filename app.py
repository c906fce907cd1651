"""The CDK app: settings and definitions become stacks, which pass the policy checks or are not synthesized."""

from __future__ import annotations

import sys

from infra import ROOT  # first: it gives jsii its Node

# isort: split
from aws_cdk import App, Validations
from cdk_nag import AwsSolutionsChecks, ServerlessChecks

from infra.settings import FEATURE_FLAGS, InvalidSetting, Settings
from infra.stacks.layers import LayersStack
from infra.stacks.model import ModelStack
from infra.stacks.platform import PlatformStack
from keepfit.definitions import compiling
from keepfit.errors import InvalidDefinition

app = App(context=FEATURE_FLAGS, analytics_reporting=False)
try:
    settings = Settings.of(app, ROOT)
    defined = compiling.compile_all(settings.models)
except (InvalidDefinition, InvalidSetting) as error:
    sys.exit(f"keepfit: {error}")

layers = LayersStack(app, settings=settings)
models = list(defined.models.values())
platform = PlatformStack(
    app, settings=settings, datasets=defined.datasets, models=models, views=defined.online
)
platform.add_stack_dependency(layers)
for compiled in models:
    model = ModelStack(app, settings=settings, model=compiled)
    model.add_stack_dependency(platform)

Validations.of(app).add_plugins(AwsSolutionsChecks(app), ServerlessChecks(app))
app.synth()
