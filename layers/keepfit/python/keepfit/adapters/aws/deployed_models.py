"""What is deployed, by the subscriptions of models' stacks, the registry table and the artifacts."""

from __future__ import annotations

from dataclasses import dataclass

from keepfit.adapters.aws.dynamodb_items import ModelItems
from keepfit.adapters.aws.dynamodb_ledger import DynamoLedger
from keepfit.adapters.aws.dynamodb_versions import DynamoVersions
from keepfit.adapters.aws.s3_artifacts import S3Artifacts
from keepfit.adapters.aws.ssm_subscriptions import SsmSubscriptions
from keepfit.errors import NotFound
from keepfit.features.schema.signature import Signature, from_json
from keepfit.registry.versions import read_files
from keepfit.serving.repository.deployed import ServingVersion, newest_of, serving_after
from keepfit.training.runs.model_subscription import Subscription

_SIGNATURE = "signature.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class AwsDeployedModels:
    """See ``serving.repository.deployed.DeployedModels``.

    Args:
        subscriptions: the path of the parameters of models' stacks.
        table: the registry.
        artifacts: the bucket of versions' files; "" where no signature is read.
    """

    subscriptions: str
    table: str
    artifacts: str = ""

    def names(self) -> list[str]:
        return [each.model for each in SsmSubscriptions(path=self.subscriptions).all()]

    def serving(self, model: str) -> list[ServingVersion]:
        items = ModelItems(table=self.table, model=model, kind="ledger")
        return serving_after(DynamoLedger(items=items, stack=self._deployed(model)[1]).last())

    def signature(self, model: str, version: int) -> Signature:
        registered = self._versions(model).get(version)
        files = read_files(S3Artifacts(bucket=self.artifacts), registered, [_SIGNATURE])
        return from_json(files[_SIGNATURE])

    def qualified_function(self, model: str, version: int) -> tuple[str, str]:
        return self._deployed(model)[0], newest_of(self._versions(model).releases(), model, version)

    def _versions(self, model: str) -> DynamoVersions:
        return DynamoVersions(items=ModelItems(table=self.table, model=model), stack=self._deployed(model)[1])

    def _deployed(self, model: str) -> tuple[str, str]:
        """The function that predicts, and the id of the stack."""
        found: dict[str, Subscription] = {
            each.model: each for each in SsmSubscriptions(path=self.subscriptions).all()
        }
        if model not in found:
            raise NotFound(f"no model {model!r} is deployed; those that are: {', '.join(found) or 'none'}")
        one = found[model]
        if one.predict is None or one.stack is None:
            raise NotFound(f"the stack of {model} is of an older release of keepfit; deploy it again")
        return one.predict, one.stack
