"""The roles that functions of one model share: roles of an account are few."""

from __future__ import annotations

from aws_cdk import aws_iam as iam
from constructs import Construct

from infra.constructs.function import function_role


class SharedRoles(Construct):
    """``bookkeeping`` of functions that see no data, ``seeing_rows`` of those that read rows of it."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id)
        self.bookkeeping: iam.Role = function_role(self, "Bookkeeping")
        self.seeing_rows: iam.Role = function_role(self, "SeeingRows")
