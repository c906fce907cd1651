"""Checks whether a target's address exists."""

from __future__ import annotations

from ministack.services import lambda_svc, sqs, stepfunctions


def undeliverable(arn: str) -> tuple[str, str] | None:
    """The error code and message for an address without a target; None where there is one."""
    service = arn.split(":")[2] if arn.startswith("arn:") else ""
    if service == "lambda" and lambda_svc._get_func_record_for_ref(arn)[0] is None:
        return "RESOURCE_NOT_FOUND", f"The target function {arn} does not exist."
    if service == "states" and stepfunctions._resolve_state_machine_arn(arn) is None:
        return "RESOURCE_NOT_FOUND", f"The target state machine {arn} does not exist."
    if service == "sqs" and sqs._queue_by_arn(arn) is None:
        return "RESOURCE_NOT_FOUND", f"The target queue {arn} does not exist."
    return None
