"""Permissions of services: by the role they assume, or by the policy of a resource.

The stock emulator checks what clients may do; what services do for them needs no permission at all, so that a
missing grant is noticed on AWS only.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from typing import Any

from ministack.core import iam_evaluator, responses
from ministack.services import iam, lambda_svc, sqs

from localcloud.overlay.context import CloudContext
from localcloud.overlay.patching import expect

# A changed policy is seen at the latest after so long.
_REMEMBER_SECONDS = 1.0
_log = logging.getLogger("localcloud.access")
_decisions: dict[tuple[str, ...], tuple[float, bool]] = {}


def install(cloud: CloudContext) -> None:
    """Checks the parts that are used; changes nothing."""
    expect(iam_evaluator, "_gather_role_policies", params="role_name,account_id")
    expect(iam_evaluator, "_permissions_boundary", params="store,name,account_id")
    expect(iam_evaluator, "evaluate_resource_policy", params="doc,ctx,service,named_only,direct_only")
    expect(lambda_svc, "function_policy_for_arn", params="resource_arn")
    expect(sqs, "queue_policy_for_arn", params="queue_arn")


def role_allows(role_arn: str, action: str, resource: str, **context: str) -> bool:
    """Whether the policies of a role allow an action on a resource.

    Args:
        role_arn: the role; an empty one allows nothing.
        action: such as ``s3:PutObject``.
        resource: ARN, or ``*``.
        context: values of condition keys, with ``_`` for ``:`` and in lower case (``iam_passedtoservice``).
    """
    return _remembered(
        ("role", role_arn, action, resource, *map("=".join, sorted(context.items()))),
        lambda: _role_allows(role_arn, action, resource, context),
    )


def policy_allows(policy: Any, service: str, action: str, resource: str, source: str) -> bool:
    """Whether a resource's own policy lets a service act on it on behalf of a source.

    Args:
        policy: the document, a dictionary or JSON.
        service: service principal, such as ``events.amazonaws.com``.
        action: what it wants to do.
        resource: ARN of the resource that has the policy.
        source: ARN of what it acts for.
    """
    account = responses.get_account_id()
    keys = {"aws:sourcearn": source, "aws:sourceaccount": account}
    context = _context(f"arn:aws:iam::{account}:service", "Service", action, resource, keys)
    return bool(iam_evaluator.evaluate_resource_policy(policy, context, service=service).decision == "Allow")


def function_admits(arn: str, service: str, source: str) -> bool:
    """Whether a function's policy lets a service invoke it; ``arn`` includes the alias."""

    def ask() -> bool:
        found = lambda_svc.function_policy_for_arn(":".join(arn.split(":")[:7]))
        return found is not None and policy_allows(found[0], service, "lambda:InvokeFunction", arn, source)

    return _remembered(("function", arn, service, source), ask)


def queue_admits(arn: str, service: str, source: str) -> bool:
    """Whether a queue's policy lets a service send to it."""
    found = sqs.queue_policy_for_arn(arn)
    return found is not None and policy_allows(found[0], service, "sqs:SendMessage", arn, source)


def role_trusts(role_arn: str, service: str, source: str) -> bool:
    """Whether a role lets a service assume it on behalf of a source."""
    role = iam._roles.get(role_arn.rsplit("/", 1)[-1])
    if role is None:
        return False
    document = role.get("AssumeRolePolicyDocument") or "{}"
    trust = json.loads(document) if isinstance(document, str) else document
    statements = trust.get("Statement", [])
    # A trust policy names no resource: it is about its role.
    about = [
        {**each, "Resource": "*"} for each in (statements if isinstance(statements, list) else [statements])
    ]
    return policy_allows({**trust, "Statement": about}, service, "sts:AssumeRole", role_arn, source)


def refusal(role_arn: str, action: str, resource: str) -> str:
    """The message of AWS about a denied action."""
    role = role_arn.rsplit("/", 1)[-1] or "no role"
    account = responses.get_account_id()
    return (
        f"User: arn:aws:sts::{account}:assumed-role/{role} is not authorized to perform: {action} on resource: "
        f"{resource} because no identity-based policy allows the {action} action"
    )


def report(message: str) -> None:
    """Logs an action that a service was denied."""
    _log.warning("%s", message)


def _remembered(question: tuple[str, ...], ask: Callable[[], bool]) -> bool:
    now = time.monotonic()
    known = _decisions.get(question)
    if known is not None and now - known[0] < _REMEMBER_SECONDS:
        return known[1]
    if len(_decisions) > 10_000:
        _decisions.clear()
    answer = ask()
    _decisions[question] = (now, answer)
    return answer


def _role_allows(role_arn: str, action: str, resource: str, context: dict[str, str]) -> bool:
    if ":role/" not in role_arn:
        return False
    account, name = role_arn.split(":")[4], role_arn.rsplit("/", 1)[-1]
    policies = iam_evaluator._gather_role_policies(name, account)
    limits = iam_evaluator._permissions_boundary(iam._roles, name, account)
    keys = {key.replace("_", ":", 1): value for key, value in context.items()}
    principal = f"arn:aws:sts::{account}:assumed-role/{name}/service"
    evaluated = iam_evaluator.evaluate(
        _context(principal, "AssumedRole", action, resource, keys), policies, *limits
    )
    return bool(evaluated.decision == "Allow")


def _context(principal: str, kind: str, action: str, resource: str, keys: dict[str, str]) -> Any:
    return iam_evaluator.EvalContext(
        principal_arn=principal,
        principal_type=kind,
        principal_account=principal.split(":")[4],
        action=action,
        resource_arn=resource,
        region=responses.get_region(),
        source_ip="127.0.0.1",
        secure_transport=True,
        service_context=keys,
    )
