"""Requests are checked as the actions, and on the resources, that AWS checks them as.

The stock emulator takes GetAlias, UpdateAlias and DeleteAlias for ListAliases, and checks DescribeAlarms on no resource
even where the request names its alarm, and does not know the condition key events:source: roles that are right on AWS
would be refused.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from ministack.core import iam_actions

from localcloud.overlay.context import CloudContext
from localcloud.overlay.patching import wrap

_OF_ONE_ALIAS = {"GET": "GetAlias", "PUT": "UpdateAlias", "DELETE": "DeleteAlias"}
_ASKED = "service,method,path,headers,body,query_params,region,account_id"


def install(cloud: CloudContext) -> None:
    """Name actions on one alias, the alarm that is described, and the source of events."""
    wrap(iam_actions, "_lambda_action", _with_aliases, params="method,path", contains=('else "ListAliases"',))
    wrap(
        iam_actions,
        "extract_resource_arn",
        _with_alarms,
        params=_ASKED,
        contains=('if service == "monitoring"',),
    )
    wrap(
        iam_actions,
        "request_tag_context",
        _with_event_source,
        params="service,iam_action,body,params",
    )


def _with_aliases(stock: Callable[..., Any]) -> Callable[..., Any]:
    def lambda_action(method: str, path: str) -> str | None:
        match path.strip("/").split("/"):
            case [_, "functions", _, "aliases", _]:
                return _OF_ONE_ALIAS.get(method)
        action: str | None = stock(method, path)
        return action

    return lambda_action


def _with_alarms(stock: Callable[..., Any]) -> Callable[..., Any]:
    def resource_arn(*request: Any, **named: Any) -> str:
        found: str = stock(*request, **named)
        service, _, _, _, body, _, region, account = request
        if service == "monitoring" and found == "*":
            names = _alarm_names(body)
            if len(names) == 1:
                return f"arn:aws:cloudwatch:{region}:{account}:alarm:{names[0]}"
        return found

    return resource_arn


def _with_event_source(stock: Callable[..., Any]) -> Callable[..., Any]:
    def condition_keys(service: str, action: str, body: bytes, *more: Any) -> dict[str, Any]:
        keys: dict[str, Any] = stock(service, action, body, *more)
        sources = _event_sources(body) if action == "events:PutEvents" else set()
        # AWS checks each entry; one source for all entries is the same, several match no single one.
        return (
            {**keys, "events:source": sources.pop() if len(sources) == 1 else sorted(sources)}
            if sources
            else keys
        )

    return condition_keys


def _event_sources(body: bytes) -> set[str]:
    try:
        entries = json.loads(body or b"{}").get("Entries", [])
    except (ValueError, AttributeError):
        return set()
    return {str(entry.get("Source")) for entry in entries if isinstance(entry, dict)}


def _alarm_names(body: bytes) -> list[str]:
    try:
        document = json.loads(body or b"{}")
    except ValueError:
        return []
    names = document.get("AlarmNames") if isinstance(document, dict) else None
    return list(names) if isinstance(names, list) else []
