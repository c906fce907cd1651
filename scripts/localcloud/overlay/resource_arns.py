"""Replaces how the emulator tells the resource that a request is about, which its permissions are judged by."""

from __future__ import annotations

from collections.abc import Callable

from ministack.core import iam_actions

from localcloud.overlay.patching import wrap


def wrap_resource_arns(around: Callable[[Callable[..., str]], Callable[..., str]]) -> None:
    """Replaces the emulator's function by what ``around`` makes of it."""
    wrap(
        iam_actions,
        "extract_resource_arn",
        around,
        params="service,method,path,headers,body,query_params,region,account_id",
    )
