"""Composition root of `approve_release`: asks for approvals, and takes the decisions of people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

from keepfit import instants, variables
from keepfit.adapters.aws.dynamodb_approvals import DynamoApprovals
from keepfit.adapters.aws.dynamodb_runs import DynamoRuns
from keepfit.adapters.aws.eventbridge import EventBridge
from keepfit.adapters.aws.waiting_executions import StepFunctionsWaiting
from keepfit.errors import InvalidRequest, NotFound, Superseded, Transient
from keepfit.registry.approvals import Approval, Verdict
from keepfit.runtime.definition import model_of_run
from keepfit.runtime.live import live_routing
from keepfit.runtime.live_writes import read_body
from keepfit.runtime.registry_items import registry_items, release_ledger
from keepfit.runtime.settings import setting
from keepfit.serving.release.approving import Approving
from keepfit.serving.responses.http_response import JSON, response
from keepfit.serving.responses.problem import problem

_STATUS: Final = {"second_person": 403, "decided_already": 409, "not_waiting": 409, "approval_expired": 409}
_EXAMPLE: Final = '{"run_id": "...", "decision": "approved", "why": "..."}'


class _Ask(msgspec.Struct, frozen=True, kw_only=True, tag_field="action", tag="ask"):
    run_id: str
    version: int
    lambda_version: str
    task_token: str


class _Expire(msgspec.Struct, frozen=True, kw_only=True, tag_field="action", tag="expire"):
    run_id: str


class _Decide(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of a decision; ``why`` goes on record."""

    run_id: str
    decision: Verdict
    why: Annotated[str, Meta(min_length=1, max_length=2000)]


def approving() -> Approving:
    """Builds ``Approving`` from environment variables."""
    return Approving(
        model=setting(variables.MODEL),
        approvals=DynamoApprovals(registry_items()),
        executions=StepFunctionsWaiting(),
        ledger=release_ledger(),
        live=live_routing(),
        events=EventBridge(),
        now=instants.now,
    )


def ask_or_expire(event: Mapping[str, Any]) -> Approval | None:
    """Asks for the approval of a run's release, or lets it expire, as the state machine orders."""
    order = msgspec.convert(event, _Ask | _Expire)
    if isinstance(order, _Expire):
        return approving().expire(order.run_id)
    return approving().ask(_approval(order))


def decide(event: Mapping[str, Any]) -> dict[str, Any]:
    """The response to an API Gateway event: the approval as it is decided, or why it is not.

    Who decides is whom AWS knows by the signature of the request.
    """
    try:
        body = read_body(event, _Decide, example=_EXAMPLE)
        who = str(event["requestContext"]["authorizer"]["iam"]["userArn"])
        decided = approving().decide(body.run_id, body.decision, who=who, why=body.why)
    except NotFound as error:
        return problem(404, "no_approval", str(error))
    except InvalidRequest as error:
        return problem(_STATUS.get(error.code, 400), error.code, str(error))
    except Transient as error:
        return problem(503, "not_decided", f"{error}; send the same again", headers={"retry-after": "1"})
    return response(200, JSON, msgspec.json.encode(_told(decided)).decode())


def _approval(asked: _Ask) -> Approval:
    """The approval that a run asks for. Raises Superseded where the run is closed."""
    run = DynamoRuns(registry_items()).find(asked.run_id)
    if run is None or run.closed_at is not None:
        raise Superseded(f"run {asked.run_id} is closed: its challenger is not tried any more; train again")
    release, now = model_of_run(asked.run_id).definition.release, instants.now()
    by_person = run.trigger.detail.get("by") if run.trigger.kind == "person" else None
    return Approval(
        run_id=asked.run_id,
        version=asked.version,
        lambda_version=asked.lambda_version,
        asked_at=now,
        expires_at=now + release.approval_period.delta,
        asked_by=by_person,
        second_person=release.second_person,
        token=asked.task_token,
    )


def _told(approval: Approval) -> dict[str, Any]:
    """The approval as others may read it: without the token of its execution."""
    return {name: value for name, value in msgspec.to_builtins(approval).items() if name != "token"}
