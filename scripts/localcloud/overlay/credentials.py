"""Credentials: every request is signed by a user or a role session, never by the root.

The stock emulator gives every permission to the keys ``test`` and any 12 digits, whatever the secret, and lets
unsigned requests read and write every bucket.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ministack.core import iam_evaluator
from ministack.services import iam, sts

from localcloud.overlay.context import CloudContext
from localcloud.overlay.patching import expect, replace, wrap

ADMINISTRATOR = "localcloud-administrator"
_EVERYTHING = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}'


def install(cloud: CloudContext) -> None:
    """Lets no key act as the root."""
    expect(iam, "_create_user", params="p")
    expect(iam, "_put_user_policy", params="p")
    expect(iam, "_access_keys")
    # Internal calls carry no key at all; requests without one are refused or checked before this is asked.
    for module in (iam_evaluator, sts):
        replace(module, "is_root_access_key", _is_internal, params="access_key_id")
    wrap(
        iam_evaluator,
        "enforce",
        _signed_for_s3,
        params="access_key_id,iam_action,service,region,resource_arn,service_context",
        contains=("_anonymous.get()",),
    )


def _is_internal(access_key_id: str) -> bool:
    return not access_key_id


def _signed_for_s3(enforce: Callable[..., Any]) -> Callable[..., Any]:
    def enforce_signed(access_key: str, iam_action: str, service: str, *rest: Any, **named: Any) -> Any:
        if service == "s3" and iam_evaluator._anonymous.get():
            return iam_evaluator.EvalResult(
                "ImplicitDeny", "anonymous", "", "Unsigned requests have no permissions"
            )
        return enforce(access_key, iam_action, service, *rest, **named)

    return enforce_signed


def ensure_administrator(access_key_id: str, secret: str) -> None:
    """Creates the administrator with this key, unless there is one, in the account's scope."""
    if ADMINISTRATOR not in iam._users:
        _require(iam._create_user({"UserName": [ADMINISTRATOR]}))
        policy = {"UserName": [ADMINISTRATOR], "PolicyName": ["everything"], "PolicyDocument": [_EVERYTHING]}
        _require(iam._put_user_policy(policy))
    iam._access_keys[access_key_id] = {
        "UserName": ADMINISTRATOR,
        "AccessKeyId": access_key_id,
        "SecretAccessKey": secret,
        "Status": "Active",
        "CreateDate": iam._users[ADMINISTRATOR]["CreateDate"],
    }


def _require(answer: tuple[int, Any, bytes]) -> None:
    if answer[0] >= 300:
        raise RuntimeError(f"The administrator could not be created: {answer[2]!r}")
