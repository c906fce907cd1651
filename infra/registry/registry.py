"""The registry, in the cloud: artifacts as objects, facts about them as items."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import RemovalPolicy
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.constructs.bucket import PrivateBucket
from infra.constructs.table import ItemTable
from infra.retention import copied_rows_expire
from keepfit.definitions.model import CompiledModel


class Registry(Construct):
    """``artifacts`` holds runs, model versions and releases; ``table`` says what exists and what served when."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        models: Sequence[CompiledModel],
        access_logs: s3.IBucket,
        removal: RemovalPolicy,
    ) -> None:
        super().__init__(scope, construct_id)
        self.artifacts = PrivateBucket(
            self, "Artifacts", removal=removal, access_logs=access_logs, rules=copied_rows_expire(models)
        )
        self.table = ItemTable(self, "Registry", removal=removal)
