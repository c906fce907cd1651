"""The CDK app: settings and definitions become stacks, which pass the policy checks or are not synthesized."""

from __future__ import annotations

from infra import ROOT  # first: it gives jsii its Node

# isort: split
from aws_cdk import App, Validations
from cdk_nag import AwsSolutionsChecks, ServerlessChecks

from infra.settings import FEATURE_FLAGS, Settings
from infra.stacks.model import ModelStack
from infra.stacks.platform import PlatformStack
from keepfit import catalogue

app = App(context=FEATURE_FLAGS, analytics_reporting=False)
settings = Settings.of(app, ROOT)
definitions = catalogue.load(ROOT / "models")

datasets = [catalogue.compile_dataset(definitions, name) for name in sorted(definitions.dataset)]
platform = PlatformStack(app, settings=settings, datasets=datasets)
for name in sorted(definitions.model):
    model = ModelStack(app, settings=settings, model=catalogue.compile_model(definitions, name))
    model.add_stack_dependency(platform)

Validations.of(app).add_plugins(AwsSolutionsChecks(app), ServerlessChecks(app))
app.synth()
