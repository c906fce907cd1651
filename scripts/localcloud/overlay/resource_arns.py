"""Replaces the resource by which the emulator judges the permissions of a request."""

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
