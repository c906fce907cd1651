"""Requests are authorized on the resource they name.

The stock emulator forgets the version or alias that a Lambda request names, and the repositories of an ECR request,
so that policies written for them never match.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from ministack.core import iam_actions

from localcloud.overlay.context import CloudContext
from localcloud.overlay.patching import wrap

# Operations whose resource is the function itself, whatever alias or version they are about.
_UNQUALIFIED = ("/aliases", "/versions", "/policy", "/event-invoke-config", "/code", "/configuration")


def install(cloud: CloudContext) -> None:
    """Name the resource exactly."""
    wrap(
        iam_actions,
        "extract_resource_arn",
        _exact,
        params="service,method,path,headers,body,query_params,region,account_id",
    )


def _exact(extract: Callable[..., str]) -> Callable[..., str]:
    def extract_exactly(
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
            return _qualified(arn, path, query_params)
        if service == "ecr" and arn == "*":
            return _repository(body, region, account_id)
        return arn

    return extract_exactly


def _qualified(arn: str, path: str, query_params: dict[str, Any]) -> str:
    if not path.endswith(("/invocations", "/response-streaming-invocations")):
        return ":".join(arn.split(":")[:7]) if any(part in path for part in _UNQUALIFIED) else arn
    qualifier = (query_params.get("Qualifier") or [""])[0]
    return f"{arn}:{qualifier}" if qualifier and len(arn.split(":")) == 7 else arn


def _repository(body: bytes, region: str, account_id: str) -> str:
    try:
        names = json.loads(body or b"{}").get("repositoryNames") or []
    except (ValueError, AttributeError):
        names = []
    # The CDK CLI and this package name one repository at a time.
    return f"arn:aws:ecr:{region}:{account_id}:repository/{names[0]}" if len(names) == 1 else "*"
