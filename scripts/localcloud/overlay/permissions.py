"""Authorizes each request as its exact action on its exact resource.

The stock emulator forgets the version or alias that a Lambda request names, the repositories of an ECR request, the
alarms of a CloudWatch request and the path of a Parameter Store request, so that policies written for them never match;
it takes GetAlias, UpdateAlias and DeleteAlias for ListAliases; and it knows neither events:source, events:detail-type
nor cloudwatch:namespace, so that a role could send events and metrics under any name.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from ministack.core import iam_actions

from localcloud.overlay.context import CloudContext
from localcloud.overlay.patching import wrap
from localcloud.overlay.resource_arns import wrap_resource_arns

# Operations whose resource is the function itself, whatever alias or version they are about.
_UNQUALIFIED = ("/aliases", "/versions", "/policy", "/event-invoke-config", "/code", "/configuration")
_OF_ONE_ALIAS = {"GET": "GetAlias", "PUT": "UpdateAlias", "DELETE": "DeleteAlias"}
_OF_ENTRIES = {"events:source": "Source", "events:detail-type": "DetailType"}
# Where a request names what it describes, and how that is addressed.
_DESCRIBED = {
    "ecr": ("repositoryNames", "arn:aws:ecr:{region}:{account}:repository/{name}"),
    "monitoring": ("AlarmNames", "arn:aws:cloudwatch:{region}:{account}:alarm:{name}"),
}


def install(cloud: CloudContext) -> None:
    """Names the action and the resource exactly."""
    wrap(iam_actions, "_lambda_action", _with_aliases, params="method,path", contains=('else "ListAliases"',))
    wrap_resource_arns(_exact)
    wrap(iam_actions, "request_tag_context", _with_sources, params="service,iam_action,body,params")


def _with_aliases(stock: Callable[..., Any]) -> Callable[..., Any]:
    def lambda_action(method: str, path: str) -> str | None:
        match path.strip("/").split("/"):
            case [_, "functions", _, "aliases", _]:
                return _OF_ONE_ALIAS.get(method)
        action: str | None = stock(method, path)
        return action

    return lambda_action


def _exact(extract: Callable[..., str]) -> Callable[..., str]:
    def extract_exactly(  # noqa: PLR0913, PLR0917 (the emulator's signature)
        service: str,
        method: str,
        path: str,
        headers: dict[str, str],
        body: bytes,
        query_params: dict[str, Any],
        region: str,
        account_id: str,
    ) -> str:
        arn = extract(service, method, path, headers, body, query_params, region, account_id)
        if service == "lambda" and ":function:" in arn:
            return _qualified(arn, method, path, query_params)
        if service in _DESCRIBED and arn == "*":
            return _described(service, body, region, account_id)
        if service == "ssm" and arn == "*" and (path_asked := _field(body, "Path")):
            return f"arn:aws:ssm:{region}:{account_id}:parameter/{str(path_asked).lstrip('/')}"
        return arn

    return extract_exactly


def _qualified(arn: str, method: str, path: str, query_params: dict[str, Any]) -> str:
    of_version = ("/invocations", "/response-streaming-invocations", "/configuration")
    deletes = (
        method == "DELETE" and len(path.strip("/").split("/")) == 3
    )  # the function, or one version of it
    if not path.endswith(of_version) and not deletes:
        return ":".join(arn.split(":")[:7]) if any(part in path for part in _UNQUALIFIED) else arn
    qualifier = (query_params.get("Qualifier") or [""])[0]
    return f"{arn}:{qualifier}" if qualifier and len(arn.split(":")) == 7 else arn


def _described(service: str, body: bytes, region: str, account: str) -> str:
    field, arn = _DESCRIBED[service]
    names = _field(body, field) or []
    # The CDK CLI and this package name one thing at a time.
    return arn.format(region=region, account=account, name=names[0]) if len(names) == 1 else "*"


def _field(body: bytes, name: str) -> Any:
    try:
        return json.loads(body or b"{}").get(name)
    except (ValueError, AttributeError):
        return None


def _with_sources(stock: Callable[..., Any]) -> Callable[..., Any]:
    def condition_keys(service: str, iam_action: str, body: bytes, params: dict[str, Any]) -> dict[str, Any]:
        keys: dict[str, Any] = stock(service, iam_action, body, params)
        if iam_action == "cloudwatch:PutMetricData":
            return {**keys, "cloudwatch:namespace": _namespace(body, params)}
        if iam_action != "events:PutEvents":
            return keys
        entries = json.loads(body or b"{}").get("Entries", [])
        return keys | {
            key: sorted({str(entry.get(field)) for entry in entries}) for key, field in _OF_ENTRIES.items()
        }

    return condition_keys


def _namespace(body: bytes, params: dict[str, Any]) -> str:
    with suppress(ValueError):
        return str(json.loads(body or b"{}").get("Namespace", ""))
    named = params.get("Namespace", "")
    return str(named[0] if isinstance(named, list) else named)
