"""What clears up after an execution that ended without doing so itself: stopped by somebody, timed out, or broken."""

from __future__ import annotations

from aws_cdk import Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_stepfunctions as stepfunctions
from constructs import Construct

from infra.constructs.queue import DeadLetterQueue
from keepfit.training.runs import ABORTED

_UNHAPPY = ["ABORTED", "TIMED_OUT", "FAILED"]


class Endings(Construct):
    """Ends the canary of such an execution, and closes its run.

    Both do nothing where the execution has done it: a failed one has been abandoned by its own last state. Ending the
    canary closes the run as well, before it looks: a step that still works may be about to start one.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        machine: stepfunctions.IStateMachine,
        move: lambda_.IFunction,
        close: lambda_.IFunction,
        failures: DeadLetterQueue,
    ) -> None:
        super().__init__(scope, construct_id)
        execution = {
            "arn": events.EventField.from_path("$.detail.executionArn"),
            "started_at": events.EventField.from_path("$.detail.startDate"),
        }
        status = events.EventField.from_path("$.detail.status")
        asked = {"execution": execution, "reason": f"its execution ended as {status}"}
        events.Rule(
            self,
            "Ended",
            event_pattern=events.EventPattern(
                source=["aws.states"],
                detail_type=["Step Functions Execution Status Change"],
                detail={"stateMachineArn": [machine.state_machine_arn], "status": _UNHAPPY},
            ),
            targets=[
                targets.LambdaFunction(
                    function,
                    event=events.RuleTargetInput.from_object({**asked, **more}),
                    dead_letter_queue=failures.for_rules,
                    retry_attempts=8,
                    max_event_age=Duration.hours(6),
                )
                for function, more in ((move, {"action": "end canary"}), (close, {"outcome": ABORTED}))
            ],
        )
