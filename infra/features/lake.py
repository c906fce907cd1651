"""The buckets of datasets: the intake for uploads and the lake for rows."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import RemovalPolicy
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.constructs.bucket import PrivateBucket
from infra.retention import (
    batch_file_expiry_rules,
    batch_part_expiry_rule,
    query_expiry_rule,
    request_expiry_rules,
    rewritten_expiry_rules,
    row_expiry_rules,
    upload_expiry_rules,
)
from keepfit.definitions.compiled_model import CompiledDataset, CompiledModel


class Lake(Construct):
    """``intake`` receives uploads and sends events; ``lake`` stores accepted and quarantined rows."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        datasets: Sequence[CompiledDataset],
        models: Sequence[CompiledModel],
        access_logs: s3.IBucket,
        removal_policy: RemovalPolicy,
    ) -> None:
        super().__init__(scope, construct_id)
        rules = [
            *row_expiry_rules(datasets),
            *rewritten_expiry_rules(datasets),
            *request_expiry_rules(models),
            query_expiry_rule(),
            batch_part_expiry_rule(),
        ]
        self.intake = PrivateBucket(
            self,
            "Intake",
            removal_policy=removal_policy,
            access_logs=access_logs,
            lifecycle_rules=[*upload_expiry_rules(datasets), *batch_file_expiry_rules(models)],
            event_bridge_enabled=True,
        )
        self.lake = PrivateBucket(
            self, "Lake", removal_policy=removal_policy, access_logs=access_logs, lifecycle_rules=rules
        )
