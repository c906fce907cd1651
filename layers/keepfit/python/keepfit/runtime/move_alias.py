"""Composition root of `move_alias`: builds ``AliasMover``, and parses the actions on the alias."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import msgspec

from keepfit import instants, variables
from keepfit.adapters.aws.dynamodb_approvals import DynamoApprovals
from keepfit.adapters.aws.dynamodb_runs import DynamoRuns
from keepfit.adapters.aws.dynamodb_versions import DynamoVersions
from keepfit.errors import InvalidRequest
from keepfit.registry.gain import LaterGain
from keepfit.registry.ledger import record_gain
from keepfit.runtime.announce_move import announce_champion, announce_move
from keepfit.runtime.close_run import closing
from keepfit.runtime.definition import model_of_run
from keepfit.runtime.executions import Execution
from keepfit.runtime.live import moved_routing, next_routing, release_target, stop_idle
from keepfit.runtime.registry_items import registry_items, release_ledger
from keepfit.runtime.settings import setting
from keepfit.serving.release.alias_mover import AT_ONCE, AliasMover
from keepfit.serving.release.next_alias import NextAlias
from keepfit.serving.release.recorded_alias import Moved, Order
from keepfit.training.runs.run import ABORTED

_MOST_APPROVALS = 1_000
_WHO_RUNS = "training run"
_AS_DEFINED = 'without a canary: release.strategy = "at_once"'
_WHO_WATCHES = "end of the execution"
_WHO_MEASURES = "monitor"


def mover() -> AliasMover:
    """Builds ``AliasMover`` from environment variables.

    Raises NotFound where the stack left a variable out.
    """
    return AliasMover(
        live=moved_routing(),
        versions=DynamoVersions(items=registry_items(), stack=setting(variables.STACK_ID)),
        ledger=release_ledger(),
        over=_closed,
        barred=_without_approval,
        code_sha256=release_target().code_sha256,
        now=instants.now,
    )


def next_alias() -> NextAlias:
    """Builds ``NextAlias`` from environment variables."""
    return NextAlias(alias=next_routing(), over=_closed)


class PointNext(msgspec.Struct, frozen=True, kw_only=True, tag_field="action", tag="next"):
    """Action: the run's challenger is to be tested, where no client can ask it."""

    run_id: str
    version: int
    lambda_version: str


class StartCanary(msgspec.Struct, frozen=True, kw_only=True, tag_field="action", tag="canary"):
    """Action: the run's challenger begins to answer a share of the requests."""

    run_id: str
    version: int
    lambda_version: str


class Promote(msgspec.Struct, frozen=True, kw_only=True, tag_field="action", tag="promote"):
    """Action: the run's challenger answers all requests."""

    run_id: str
    version: int
    lambda_version: str
    reason: str


class ReleaseAtOnce(msgspec.Struct, frozen=True, kw_only=True, tag_field="action", tag=AT_ONCE):
    """Action: the run's challenger answers all requests, without a canary before."""

    run_id: str
    version: int
    lambda_version: str


class RollBack(msgspec.Struct, frozen=True, kw_only=True, tag_field="action", tag="roll back"):
    """Action: the run's challenger stops answering requests."""

    run_id: str
    version: int
    lambda_version: str
    reason: str


class EndCanary(msgspec.Struct, frozen=True, kw_only=True, tag_field="action", tag="end canary"):
    """Action: ends the canary of an execution that is over, if it left one."""

    execution: Execution
    reason: str

    @property
    def run_id(self) -> str:
        return self.execution.run_id


class Restore(msgspec.Struct, frozen=True, kw_only=True, tag_field="action", tag="restore"):
    """Action: a person restores a former champion; with ``force`` any released version."""

    version: int
    who: str
    why: str
    force: bool = False


class RestorePrevious(msgspec.Struct, frozen=True, kw_only=True, tag_field="action", tag="restore previous"):
    """Action: a person restores the release before the present champion."""

    who: str
    why: str


class RecordGain(msgspec.Struct, frozen=True, kw_only=True, tag_field="action", tag="record gain"):
    """Action: what the monitor measured of a version goes into the ledger; no alias moves."""

    gain: LaterGain


class StopIdle(msgspec.Struct, frozen=True, kw_only=True, tag_field="action", tag="stop idle"):
    """Action: stops the tasks of releases that answer no client, before the run closes."""

    run_id: str


Moving = StartCanary | ReleaseAtOnce | Promote | RollBack | EndCanary | Restore | RestorePrevious
Request = PointNext | StopIdle | RecordGain | Moving
_CHANGES_CHAMPION: Final = (ReleaseAtOnce, Promote, Restore, RestorePrevious)


def move_alias(
    event: dict[str, Any], mover: AliasMover, canary: Callable[[str], float], tested: NextAlias
) -> Moved | None:
    """Performs one action on an alias; None where there was no canary to end, and for the alias ``next``.

    Args:
        event: what the state machine, or `keepfit rollback`, asks.
        mover: of the model's alias.
        canary: the share of requests that a run's challenger answers while it is tried, by the run's id.
        tested: the alias of the release that is tested.

    Raises:
        InvalidRequest: an action that does not exist, or one without what it needs.
    """
    try:
        request: Request = msgspec.convert(event, Request)
    except msgspec.ValidationError as error:
        raise InvalidRequest(
            f"move_alias cannot perform this action: {error}", code="invalid_action"
        ) from error
    if isinstance(request, PointNext):
        tested.point(request.lambda_version, run_id=request.run_id)
        return None
    if isinstance(request, RecordGain):
        record_gain(mover.ledger, request.gain, who=_WHO_MEASURES)
        return None
    if isinstance(request, StopIdle):
        stop_idle(request.run_id)
        return None
    moved = _moved(request, mover, canary)
    if moved is not None:
        announce_move(mover, moved, run_id=getattr(request, "run_id", None))
    if moved is not None and isinstance(request, _CHANGES_CHAMPION):
        announce_champion(mover)
    if isinstance(request, EndCanary | Restore | RestorePrevious):
        stop_idle(request.run_id if isinstance(request, EndCanary) else None)
    return moved


def _moved(request: Moving, mover: AliasMover, canary: Callable[[str], float]) -> Moved | None:
    """Performs an action on the alias ``live``."""
    match request:
        case StartCanary():
            return mover.start_canary(
                _order(request, "to prove itself on live requests"), canary(request.run_id)
            )
        case ReleaseAtOnce():
            return mover.release_at_once(_order(request, _AS_DEFINED))
        case Promote():
            return mover.promote(_order(request, request.reason))
        case RollBack():
            return mover.roll_back(_order(request, request.reason))
        case EndCanary():
            run_id = request.run_id
            # In this order: a step of the run that still works looks at the run after it has moved the alias.
            closing(setting(variables.MODEL)).end(run_id, ABORTED, reason=request.reason)
            return mover.end_canary(run_id, who=_WHO_WATCHES, why=request.reason)
        case Restore() | RestorePrevious():
            version, force = (
                (request.version, request.force) if isinstance(request, Restore) else (None, False)
            )
            return mover.restore(version, who=request.who, why=request.why, force=force)


def canary_of(run_id: str) -> float:
    """The canary's share of requests, by the definition that the run was admitted with."""
    return model_of_run(run_id).definition.release.canary


def _order(step: StartCanary | ReleaseAtOnce | Promote | RollBack, why: str) -> Order:
    return Order(
        version=step.version, lambda_version=step.lambda_version, who=_WHO_RUNS, why=why, run_id=step.run_id
    )


def _without_approval(version: int) -> str | None:
    """Why a version that was to be approved, and never was, may not be forced upon clients."""
    asked = [
        approval
        for approval in DynamoApprovals(registry_items()).newest(_MOST_APPROVALS)
        if approval.version == version
    ]
    if not asked or any(approval.decision == "approved" for approval in asked):
        return None
    return (
        f"version {version} is {asked[0].decision or 'still to be approved'}, and was never approved; "
        f"`keepfit release <model> {version}` asks again"
    )


def _closed(run_id: str) -> bool:
    run = DynamoRuns(registry_items()).find(run_id)
    return run is not None and run.closed_at is not None
