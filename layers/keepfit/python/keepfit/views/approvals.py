"""The view of approvals: which releases wait for a person, and what was decided on others."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import msgspec

from keepfit.registry.approvals import Decision
from keepfit.views.stores import ModelStores


class ApprovalView(msgspec.Struct, frozen=True, kw_only=True):
    """An approval without its token; ``waits`` until ``expires_at`` while its run is under way."""

    model: str
    run_id: str
    version: int
    waits: bool
    asked_at: datetime
    expires_at: datetime
    asked_by: str | None
    second_person: bool
    decision: Decision | None
    decided_at: datetime | None
    decided_by: str | None
    why: str | None


def read_approvals(models: Iterable[ModelStores], limit: int, *, at: datetime) -> list[ApprovalView]:
    """Reads up to ``limit`` approvals of each model, the newest first, as they are at an instant."""
    return [view for stores in models for view in _of_model(stores, limit, at)]


def waiting(stores: ModelStores, *, at: datetime) -> ApprovalView | None:
    """The release of a model that waits for a person; a model has one run at a time, and so one at most."""
    return next((view for view in _of_model(stores, 1, at) if view.waits), None)


def _of_model(stores: ModelStores, limit: int, at: datetime) -> Iterable[ApprovalView]:
    for approval in stores.approvals.newest(limit):
        run = stores.runs.find(approval.run_id)
        under_way = run is not None and run.closed_at is None
        known = {name: getattr(approval, name) for name in _SHARED}
        waits = approval.decision is None and under_way and at < approval.expires_at
        yield ApprovalView(model=stores.model, waits=waits, **known)


_SHARED = [name for name in ApprovalView.__struct_fields__ if name not in ("model", "waits")]
