"""Sends EventBridge the status of stacks; the stock emulator sends none."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from ministack.services import eventbridge
from ministack.services.cloudformation import stacks

from localcloud.overlay.context import CloudContext
from localcloud.overlay.patching import expect, wrap

_STACK = "AWS::CloudFormation::Stack"


def install(cloud: CloudContext) -> None:
    """Sends an event for every status that a stack gets."""
    expect(eventbridge, "_put_events", params="data,allow_aws_source")
    wrap(
        stacks,
        "_add_event",
        _telling,
        params="stack_id,stack_name,logical_id,resource_type,status,reason,physical_id,detailed_status",
    )


def _telling(add: Callable[..., None]) -> Callable[..., None]:
    def add_event(
        stack_id: str,
        stack_name: str,
        logical_id: str,
        resource_type: str,
        status: str,
        *more: str,
        **named: str,
    ) -> None:
        add(stack_id, stack_name, logical_id, resource_type, status, *more, **named)
        if resource_type == _STACK and logical_id == stack_name:
            eventbridge._put_events({"Entries": [_event(stack_id, status)]}, allow_aws_source=True)

    return add_event


def _event(stack_id: str, status: str) -> dict[str, Any]:
    detail = {"stack-id": stack_id, "status-details": {"status": status, "status-reason": ""}}
    return {
        "Source": "aws.cloudformation",
        "DetailType": "CloudFormation Stack Status Change",
        "Detail": json.dumps(detail),
        "Resources": [stack_id],
    }
