"""Load balancers: forwards by weights, counts requests, and answers HTTP APIs behind a VPC link.

The stock emulator keeps no more than the first target group of a rule, has no metrics of a load balancer, and takes the
listener that an integration names for an address. Weights are drawn anew for each request.
"""

from __future__ import annotations

import asyncio
import http.client
import random
import time
from collections.abc import Callable, Iterator, Mapping
from functools import wraps
from typing import Any
from urllib.parse import urlencode
from xml.sax.saxutils import escape

from ministack.core import iam_actions
from ministack.services import alb, apigateway
from ministack.services.cloudformation import provisioners

from localcloud.overlay import metrics
from localcloud.overlay.context import CloudContext
from localcloud.overlay.patching import expect, replace, wrap
from localcloud.overlay.resource_arns import wrap_resource_arns

_NAMESPACE = "AWS/ApplicationELB"
_TIMEOUT_S = 60
_NOT_ANSWERED = {502: "TargetConnectionErrorCount"}
_HOP_BY_HOP = {"connection", "content-length", "transfer-encoding"}
_ASKED = "method,path,headers,body,query_params,raw_query_string,raw_path"


def install(cloud: CloudContext) -> None:
    """Keeps weights, forwards by them, and lets HTTP APIs ask listeners."""
    wrap(alb, "_parse_actions", _with_weights, params="params,prefix")
    wrap(alb, "_action_xml", _telling_weights, params="a")
    wrap(provisioners, "_elbv2_listener_actions", _as_written, params="props,lb_arn,prop")
    wrap(alb, "_execute_action", _by_weight, params=f"action,{_ASKED}")
    wrap(alb, "_forward_to_tg", _counted, params=f"tg_arn,{_ASKED}")
    replace(
        alb,
        "_proxy_http_target",
        _ask_target,
        params="target,tg,method,path,headers,body,query_params,raw_query_string",
    )
    expect(alb, "dispatch_request")
    wrap(
        apigateway,
        "_invoke_http_proxy",
        _behind_link,
        params="integration,path,method,headers,body,query_params",
    )
    wrap_resource_arns(_about_rules)


def _with_weights(parse: Callable[..., Any]) -> Callable[..., Any]:
    def parse_actions(params: dict[str, Any], prefix: str = "DefaultActions") -> list[dict[str, Any]]:
        actions: list[dict[str, Any]] = parse(params, prefix)
        for number, action in enumerate(actions, 1):
            groups = list(_groups(params, f"{prefix}.member.{number}.ForwardConfig.TargetGroups.member"))
            if groups:
                action["ForwardConfig"] = {"TargetGroups": groups}
        return actions

    return parse_actions


def _groups(params: dict[str, Any], prefix: str) -> Iterator[dict[str, Any]]:
    number = 1
    while arn := alb._p(params, f"{prefix}.{number}.TargetGroupArn"):
        yield {"TargetGroupArn": arn, "Weight": int(alb._p(params, f"{prefix}.{number}.Weight", "1"))}
        number += 1


def _telling_weights(tell: Callable[[dict[str, Any]], str]) -> Callable[[dict[str, Any]], str]:
    def action_xml(action: dict[str, Any]) -> str:
        told = tell({**action, **_escaped(action)})
        groups = _weighted(action)
        if not groups:
            return told
        members = "".join(
            f"<member><TargetGroupArn>{escape(each['TargetGroupArn'])}</TargetGroupArn>"
            f"<Weight>{each['Weight']}</Weight></member>"
            for each in groups
        )
        config = f"<ForwardConfig><TargetGroups>{members}</TargetGroups></ForwardConfig>"
        return told.replace("</member>", f"{config}</member>")

    return action_xml


def _escaped(action: dict[str, Any]) -> dict[str, Any]:
    config = action.get("FixedResponseConfig")
    return (
        {"FixedResponseConfig": {**config, "MessageBody": escape(config.get("MessageBody", ""))}}
        if config
        else {}
    )


def _as_written(take: Callable[..., Any]) -> Callable[..., Any]:
    def listener_actions(props: dict[str, Any], lb_arn: str | None, prop: str = "DefaultActions") -> Any:
        actions = take(props, lb_arn, prop)
        for action, written in zip(actions, props.get(prop) or [], strict=True):
            if groups := (written.get("ForwardConfig") or {}).get("TargetGroups"):
                weighted = [{**each, "Weight": int(each.get("Weight", 1))} for each in groups]
                action["ForwardConfig"] = {"TargetGroups": weighted}
        return actions

    return listener_actions


def _weighted(action: Mapping[str, Any]) -> list[dict[str, Any]]:
    groups: list[dict[str, Any]] = (action.get("ForwardConfig") or {}).get("TargetGroups") or []
    return groups


def _by_weight(execute: Callable[..., Any]) -> Callable[..., Any]:
    async def execute_action(action: dict[str, Any], *asked: Any) -> Any:
        groups = _weighted(action)
        if groups and any(each["Weight"] for each in groups):
            [chosen] = random.choices(groups, [each["Weight"] for each in groups])  # noqa: S311 -- no secret
            action = {**action, "TargetGroupArn": chosen["TargetGroupArn"]}
        return await execute(action, *asked)

    return execute_action


def _counted(forward: Callable[..., Any]) -> Callable[..., Any]:
    async def forward_to_group(group: str, *asked: Any) -> Any:
        started = time.perf_counter()
        response = await forward(group, *asked)
        dimensions = _dimensions(group)
        if dimensions:
            healthy = len(alb._targets.get(group) or ())
            metrics.record(_NAMESPACE, "HealthyHostCount", healthy, "Count", dimensions)
        if dimensions and alb._targets.get(group):
            status, took = response[0], time.perf_counter() - started
            metrics.record(_NAMESPACE, "RequestCount", 1, "Count", dimensions)
            failed = status >= 500
            name = _NOT_ANSWERED.get(status, "HTTPCode_Target_5XX_Count")
            if failed:
                metrics.record(_NAMESPACE, name, 1, "Count", dimensions)
            metrics.record(_NAMESPACE, "TargetResponseTime", took, "Seconds", dimensions)
        return response

    return forward_to_group


def _dimensions(group: str) -> dict[str, str]:
    """Those of a target group behind the load balancer of a rule that forwards to it."""
    for rule in alb._rules.values():
        if any(each["TargetGroupArn"] == group for action in rule["Actions"] for each in _weighted(action)):
            _, *balancer, _, _ = rule["RuleArn"].rsplit(":", 1)[-1].split("/")
            return {"LoadBalancer": "/".join(balancer), "TargetGroup": group.rsplit(":", 1)[-1]}
    return {}


async def _ask_target(  # noqa: PLR0913, PLR0917 (the emulator's signature)
    target: dict[str, Any],
    tg: dict[str, Any],
    method: str,
    path: str,
    headers: dict[str, Any],
    body: bytes,
    query_params: dict[str, Any],
    raw_query_string: str | None = None,
) -> Any:
    query = urlencode(query_params or {}, doseq=True) if raw_query_string is None else raw_query_string
    sent = {name: value for name, value in headers.items() if name.lower() not in _HOP_BY_HOP}
    return await asyncio.to_thread(
        _ask, str(target["Id"]), int(target["Port"]), method, f"{path}?{query}" if query else path, sent, body
    )


def _ask(host: str, port: int, method: str, path: str, headers: dict[str, Any], body: bytes) -> Any:
    connection = http.client.HTTPConnection(host, port, timeout=_TIMEOUT_S)
    try:
        connection.request(method, path, body=body, headers=headers)
        answer = connection.getresponse()
        told = {name.lower(): value for name, value in answer.getheaders()}
        read = answer.read()
    except OSError as error:
        return 502, {"content-type": "text/plain"}, f"Bad Gateway: {error}".encode()
    finally:
        connection.close()
    return answer.status, {name: told[name] for name in told if name not in _HOP_BY_HOP}, read


def _behind_link(ask: Callable[..., Any]) -> Callable[..., Any]:
    async def invoke_http_proxy(integration: dict[str, Any], *asked: Any) -> Any:
        if integration.get("connectionType") != "VPC_LINK":
            return await ask(integration, *asked)
        path, method, headers, body, query = asked
        listener = alb._listeners.get(integration["integrationUri"])
        if listener is None:
            return 503, {"content-type": "application/json"}, b'{"message": "Service Unavailable"}'
        balancer = alb._lbs[listener["LoadBalancerArn"]]
        return await alb.dispatch_request(
            balancer, method, path, headers, body, query, port=int(listener.get("Port", 80))
        )

    return invoke_http_proxy


def _about_rules(extract: Callable[..., str]) -> Callable[..., str]:
    @wraps(extract)  # with its signature, which others look at
    def extract_about_rules(service: str, *request: Any) -> str:
        arn = extract(service, *request)
        if service != "elasticloadbalancing" or arn != "*":
            return arn
        named = iam_actions._query_param(request[-3], "RuleArn")
        return named or arn

    return extract_about_rules
