"""The approvals of a model's releases, in the registry table on Amazon DynamoDB."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from keepfit.adapters.aws.dynamodb_items import ModelItems
from keepfit.registry.approvals import Approval


@dataclass(frozen=True, slots=True)
class DynamoApprovals:
    """See ``registry.approvals.Approvals``; ids of runs sort by their start."""

    items: ModelItems

    def find(self, run_id: str) -> Approval | None:
        return self.items.get(_key(run_id), Approval)

    def newest(self, limit: int) -> list[Approval]:
        return self.items.newest(_key(""), Approval, limit)

    def replace(self, approval: Approval) -> Approval:
        following = msgspec.structs.replace(approval, revision=approval.revision + 1)
        if approval.revision == 0:
            self.items.put_new(_key(approval.run_id), following)
        else:
            self.items.put(
                _key(approval.run_id), following, condition="revision = :read", read=approval.revision
            )
        return following


def _key(run_id: str) -> str:
    return f"approval#{run_id}"
