"""Approve: what the state machine asks, and what people decide, whom AWS knows by the signature."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from keepfit.adapters.aws.dynamodb_approvals import DynamoApprovals
from keepfit.adapters.aws.dynamodb_items import ModelItems
from keepfit.adapters.aws.dynamodb_ledger import DynamoLedger
from keepfit.adapters.aws.dynamodb_runs import DynamoRuns
from keepfit.adapters.memory.serving import MemoryExecutions
from keepfit.definitions.compiled_model import encode
from keepfit.errors import Superseded
from keepfit.registry.ledger import verify
from keepfit.training.runs.run import TrainingRun
from keepfit.training.runs.triggers import Trigger
from tests.functions.conftest import Load
from tests.functions.inference import Inference
from tests.functions.small_run import ARTIFACTS, compiled

pytestmark = pytest.mark.usefixtures("training_stack")

AT = datetime(2013, 3, 1, 12, tzinfo=UTC)
RUN_ID = "20130301T120000-aaaaaaaa"
ASK = {"action": "ask", "run_id": RUN_ID, "version": 1, "lambda_version": "2", "task_token": "s3cret"}
ITEMS = ModelItems(table="registry", model="delay")


class Approve:
    """The function, and the executions that wait."""

    def __init__(self, handler: Any, context: SimpleNamespace) -> None:
        self._handler, self._context = handler, context
        self.executions = MemoryExecutions(waiting={"s3cret"})

    def order(self, **event: Any) -> Any:
        return json.loads(json.dumps(self._handler(event, self._context)))

    def post(self, body: Any, *, who: str = "arn:aws:iam::1:user/bob") -> tuple[int, dict[str, Any]]:
        """What the API answers to a signed request."""
        event = {
            "rawPath": "/models/delay/approvals",
            "requestContext": {"authorizer": {"iam": {"userArn": who}}},
            "body": body if isinstance(body, str) else json.dumps(body),
            "isBase64Encoded": False,
        }
        answer = self._handler(event, self._context)
        return answer["statusCode"], json.loads(answer["body"])

    def decide(self, decision: str, **changes: Any) -> tuple[int, dict[str, Any]]:
        return self.post({"run_id": RUN_ID, "decision": decision, "why": "I looked"}, **changes)


@pytest.fixture
def approve(
    load: Load,
    context: SimpleNamespace,
    tmp_path: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> Approve:
    """The function of a model with a run under way, whose definition wants a second person."""
    Inference(tmp_path / "unpacked", monkeypatch)
    made = compiled(tmp_path)
    put_definition(made)
    put_run()
    function = Approve(load("approve_release/handler").handler, context)
    monkeypatch.setattr("keepfit.runtime.approve_release.StepFunctionsWaiting", lambda: function.executions)
    return function


def put_definition(made: Any) -> None:
    from msgspec.structs import replace  # noqa: PLC0415

    release = replace(made.definition.release, approval="required", second_person=True)
    changed = replace(made, definition=replace(made.definition, release=release))
    ARTIFACTS.put(f"runs/delay/{RUN_ID}/definition.json", encode(changed))


def put_run(closed_at: datetime | None = None) -> None:
    by = {"by": "arn:aws:iam::1:user/ada", "why": "new data"}
    DynamoRuns(ITEMS).put(
        TrainingRun(
            run_id=RUN_ID,
            model="delay",
            execution_arn="arn:1",
            started_at=AT,
            trigger=Trigger(kind="person", id="e1", at=AT, detail=by),
            data={"flights": 1},
            definition_digest="d",
            code_digest="c",
            closed_at=closed_at,
        )
    )


def actions() -> list[str]:
    items = ModelItems(table="registry", model="delay", kind="ledger")
    entries = DynamoLedger(items=items, stack="stack").entries()
    verify(entries)
    return [entry.action for entry in entries]


def test_asked_for_by_the_state_machine_and_approved_by_another_person(approve: Approve) -> None:
    assert approve.order(**ASK) == {"run_id": RUN_ID, "version": 1, "decision": None}
    kept = DynamoApprovals(ITEMS).find(RUN_ID)
    assert kept is not None
    assert (kept.asked_by, kept.second_person) == ("arn:aws:iam::1:user/ada", True)
    assert (kept.expires_at - kept.asked_at).days == 7
    status, told = approve.decide("approved")
    assert (status, told["decision"], told["decided_by"]) == (200, "approved", "arn:aws:iam::1:user/bob")
    assert "s3cret" not in json.dumps(told)
    assert approve.executions.ended["s3cret"]["decision"] == "approved"
    assert actions() == ["ask approval", "approve"]


def test_who_asked_for_the_run_is_refused(approve: Approve) -> None:
    approve.order(**ASK)
    status, told = approve.decide("approved", who="arn:aws:iam::1:user/ada")
    assert (status, told["code"]) == (403, "second_person")
    assert approve.executions.ended == {}


def test_a_decision_that_was_made_is_not_turned_round(approve: Approve) -> None:
    approve.order(**ASK)
    approve.decide("refused")
    status, told = approve.decide("approved")
    assert (status, told["code"]) == (409, "decided_already")


def test_a_run_that_waits_for_nothing_is_not_found(approve: Approve) -> None:
    status, told = approve.decide("approved")
    assert (status, told["code"]) == (404, "no_approval")


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "[]",
        {"run_id": RUN_ID, "decision": "approved"},
        {"run_id": RUN_ID, "decision": "maybe", "why": "x"},
        {"run_id": RUN_ID, "decision": "approved", "why": ""},
        {"run_id": RUN_ID, "decision": "approved", "why": "x", "who": "arn:eve"},
    ],
)
def test_what_is_no_decision_is_refused_with_an_example(approve: Approve, body: Any) -> None:
    approve.order(**ASK)
    status, told = approve.post(body)
    assert (status, told["code"]) == (400, "invalid_json")
    assert '"decision": "approved"' in told["detail"]
    assert approve.executions.ended == {}


def test_a_wait_that_was_too_long_expires(approve: Approve) -> None:
    approve.order(**ASK)
    assert approve.order(action="expire", run_id=RUN_ID)["decision"] == "expired"
    assert actions() == ["ask approval", "approval expired"]


def test_a_closed_run_asks_for_nothing(approve: Approve) -> None:
    put_run(closed_at=AT)
    with pytest.raises(Superseded, match="is closed"):
        approve.order(**ASK)
