"""The registry: a bucket of artifacts and a table of versions, runs and releases."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import RemovalPolicy
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.constructs.bucket import PrivateBucket
from infra.constructs.table import ItemTable
from infra.retention import run_row_expiry_rules
from keepfit.definitions.compiled_model import CompiledModel


class Registry(Construct):
    """``artifacts`` holds runs, versions and releases; ``table`` their records and the ledger."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        models: Sequence[CompiledModel],
        access_logs: s3.IBucket,
        removal_policy: RemovalPolicy,
    ) -> None:
        super().__init__(scope, construct_id)
        self.artifacts = PrivateBucket(
            self,
            "Artifacts",
            removal_policy=removal_policy,
            access_logs=access_logs,
            lifecycle_rules=run_row_expiry_rules(models),
        )
        self.table = ItemTable(self, "Registry", removal_policy=removal_policy)
