"""Settings of a deployment: removal policy, build target, notification topic."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from aws_cdk import RemovalPolicy
from constructs import Construct

from bundling.manifest import Bundle, Manifest
from bundling.targets import Target, synthesis_only
from infra import ROOT
from keepfit import variables
from toolchain.folders import build_folder, project_folder

# In code, not in cdk.json: the template is the same whether the CDK CLI or `python app.py` made it.
FEATURE_FLAGS = {
    "@aws-cdk/aws-s3:serverAccessLogsUseBucketPolicy": True,
    "@aws-cdk/aws-s3:createDefaultLoggingPolicy": True,
    "@aws-cdk/aws-ecs:disableExplicitDeploymentControllerForCircuitBreaker": True,
    "@aws-cdk/aws-lambda:useCdkManagedLogGroup": False,
    # What CloudFormation would refuse is not synthesized. The check takes as long as all else; CDK_VALIDATION=false
    # leaves it out.
    "@aws-cdk/core:validateAgainstDefaultRules": True,
}
# The account that every embedded cloud plays; AWS has given it to nobody.
EMBEDDED_ACCOUNT = "000000000000"
# Alarms speak to standard topics; CloudWatch refuses FIFO ones when it deploys.
_TOPIC = re.compile(r"arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256}")
# What a first deployment made and could not finish holds nothing, and goes: only so can it be deployed again.
_REMOVAL_POLICIES = {"retain": RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE, "destroy": RemovalPolicy.DESTROY}


class InvalidSetting(Exception):
    """A setting has no meaning, or a build is missing; the message names the remedy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What may differ between two deployments of the same definitions.

    ``root`` has the sources of functions, ``models`` the definitions and ``folder`` what was built; ``removal_policy``
    applies to buckets, tables and logs when their stack is deleted. ``tracking_server`` is the URI of an MLflow
    server that closed runs are shown to, None without one.
    """

    root: Path
    models: Path
    removal_policy: RemovalPolicy
    folder: Path
    manifest: Manifest
    tracking_server: str | None = None

    @classmethod
    def of(cls, app: Construct, root: Path = ROOT) -> Settings:
        """Reads the CDK context (``-c keepfit:…``) and the environment: ``KEEPFIT_BUILD_TARGET`` and the like.

        Raises:
            InvalidSetting: a value that does not exist, nothing was built for the target, or what was built must not
                get to the account that is deployed to.
        """
        removal = app.node.try_get_context("keepfit:removal") or "retain"
        if removal not in _REMOVAL_POLICIES:
            raise InvalidSetting(
                f"keepfit:removal is {removal!r}; it can be {' or '.join(_REMOVAL_POLICIES)}"
            )
        notify_topic(app)
        target = os.environ.get("KEEPFIT_BUILD_TARGET", Target.AWS)
        if target not in list(Target):
            raise InvalidSetting(f"KEEPFIT_BUILD_TARGET is {target!r}; it can be {' or '.join(Target)}")
        folder = build_folder(root) / target
        try:
            manifest = Manifest.read(folder)
        except FileNotFoundError as error:
            raise InvalidSetting(
                f"nothing is built for {target} yet: run `keepfit build {target}`"
            ) from error
        _refuse_unfit(Target(target), compiled=manifest.compiled)
        models = Path(os.environ.get("KEEPFIT_MODELS") or project_folder(root) / "models")
        return cls(
            root=root,
            models=models,
            removal_policy=_REMOVAL_POLICIES[removal],
            folder=folder,
            manifest=manifest,
            tracking_server=_tracking_server(),
        )

    def bundle_path(self, bundle: Bundle) -> str:
        """The path of a built zip; absolute, because jsii's Node keeps its own working directory."""
        return str(self.folder / bundle.path)

    @property
    def image_context(self) -> str:
        """The folder that the training image is built from."""
        return str(self.folder.parent / self.manifest.image)

    @property
    def server_context(self) -> str:
        """The folder that the image which serves models is built from."""
        return str(self.folder.parent / self.manifest.server_image)

    def function_source(self, name: str) -> str:
        """The folder of one handler, by the name of the function."""
        return str(self.root / "functions" / name)


def _tracking_server() -> str | None:
    """Raises InvalidSetting where ``KEEPFIT_MLFLOW_URI`` is no address of HTTP."""
    uri = os.environ.get(variables.MLFLOW_URI)
    if not uri:
        return None
    parts = urlsplit(uri)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise InvalidSetting(
            f"{variables.MLFLOW_URI} is {uri!r}; it must be the address of an MLflow server, such as "
            "https://mlflow.example.org"
        )
    return uri


def _refuse_unfit(target: Target, *, compiled: bool) -> None:
    """Raises InvalidSetting where the build does not fit the account that is deployed to.

    The CLI names the account of its credentials to the app; without credentials, and under `python app.py`, there is
    none, and nothing is deployed.
    """
    account = os.environ.get("CDK_DEFAULT_ACCOUNT")
    real = account not in (None, "", EMBEDDED_ACCOUNT)
    if target is Target.LOCAL and real:
        raise InvalidSetting(
            f"KEEPFIT_BUILD_TARGET is local, and the account is {account}: layers for this machine do not run on AWS. "
            "Unset KEEPFIT_BUILD_TARGET, or use `keepfit local up`, which deploys to an embedded cloud"
        )
    if not compiled and (real or not synthesis_only()):
        raise InvalidSetting(
            "the layers were built for synthesis only, without bytecode: run scripts/build without "
            "KEEPFIT_SYNTHESIS_ONLY before a deployment"
        )


def notify_topic(scope: Construct) -> str | None:
    """The ARN of the SNS topic that all alarms notify, from ``-c keepfit:notify=<arn>``, if set.

    Raises:
        InvalidSetting: it is not the ARN of a standard topic.
    """
    topic = scope.node.try_get_context("keepfit:notify")
    if topic is None or (isinstance(topic, str) and _TOPIC.fullmatch(topic)):
        return topic
    raise InvalidSetting(
        f"keepfit:notify is {topic!r}; it must be the ARN of a standard SNS topic, such as "
        "arn:aws:sns:eu-central-1:123456789012:alarms"
    )
