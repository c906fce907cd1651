"""Versions and updates of functions, as strict as on AWS.

The stock emulator publishes a new version for unchanged code, ignores the conditions CodeSha256 and RevisionId of
PublishVersion, lets a version be published while an update is still in progress, and an alias be pointed to a version
that does not exist; deleting a version that is gone is an error to it, which AWS answers with 204.
"""

from __future__ import annotations

import contextvars
import json
from collections.abc import Callable
from typing import Any

from ministack.core import responses
from ministack.services import lambda_svc

from localcloud.overlay.context import CloudContext
from localcloud.overlay.patching import expect, replace, wrap

# What PublishVersion compares besides the code, to tell whether there is anything to publish.
_COMPARED = (
    "CodeSha256", "Runtime", "Role", "Handler", "Timeout", "MemorySize", "Environment", "Layers", "Description",
    "EphemeralStorage", "TracingConfig", "LoggingConfig", "Architectures",
)  # fmt: skip
_from_api: contextvars.ContextVar[bool] = contextvars.ContextVar("lambda_from_api", default=False)
_UPDATE_SECONDS = 0.2


def install(cloud: CloudContext) -> None:
    """Checks conditions, and refuses what AWS refuses while an update is in progress."""
    expect(lambda_svc, "_check_revision", params="current,data")
    replace(lambda_svc, "_LAMBDA_STATE_TRANSITION_DELAY", _UPDATE_SECONDS)
    wrap(lambda_svc, "handle_request", _marked, params="method,path,headers,body,query_params")
    wrap(lambda_svc, "_publish_version", _conditional, params="name,data", contains=("function_revision",))
    for name in ("_update_code", "_update_config"):
        wrap(lambda_svc, name, _one_at_a_time, params="name,data")
    wrap(lambda_svc, "_update_alias", _to_what_is_there, params="func_name,alias_name,data")
    expect(lambda_svc, "_qualifier_from_path_or_query", params="path_qualifier,query_params")
    wrap(lambda_svc, "_delete_function", _once, params="name,query_params,path_qualifier")


def _marked(handle: Callable[..., Any]) -> Callable[..., Any]:
    async def handle_request(*request: Any) -> Any:
        # CloudFormation's own calls, which do not come this way, wait for an update by themselves.
        _from_api.set(True)
        return await handle(*request)

    return handle_request


def _to_what_is_there(update: Callable[..., Any]) -> Callable[..., Any]:
    def update_alias(func_name: str, alias_name: str, data: dict[str, Any]) -> Any:
        function = lambda_svc._functions.get(func_name)
        weights = (data.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {}
        for version in filter(None, (data.get("FunctionVersion"), *weights)):
            if function is not None and version not in {"$LATEST", *function["versions"]}:
                message = f"Function not found: {lambda_svc._func_arn(func_name)}:{version}"
                return responses.error_response_json("ResourceNotFoundException", message, 404)
        return update(func_name, alias_name, data)

    return update_alias


def _once(delete: Callable[..., Any]) -> Callable[..., Any]:
    def delete_function(name: str, query_params: dict[str, Any], path_qualifier: str | None = None) -> Any:
        version = lambda_svc._qualifier_from_path_or_query(path_qualifier, query_params)
        function = lambda_svc._functions.get(name)
        if function is not None and (version or "").isdecimal() and version not in function["versions"]:
            return 204, {}, b""
        return delete(name, query_params, path_qualifier)

    return delete_function


def _in_progress(name: str) -> Any:
    function = lambda_svc._functions.get(name)
    if function is None or not _from_api.get() or function["config"].get("LastUpdateStatus") != "InProgress":
        return None
    message = (
        "The operation cannot be performed at this time. An update is in progress for resource: "
        f"{function['config']['FunctionArn']}"
    )
    return responses.error_response_json("ResourceConflictException", message, 409)


def _one_at_a_time(update: Callable[..., Any]) -> Callable[..., Any]:
    def update_function(name: str, data: dict[str, Any]) -> Any:
        refused = _in_progress(name)
        if refused is not None:
            return refused
        answer = update(name, data)
        if answer[0] == 200:
            # An update leaves the function active; only its LastUpdateStatus is in progress.
            lambda_svc._functions[name]["config"].update(State="Active", StateReason="", StateReasonCode="")
        return answer

    return update_function


def _conditional(publish: Callable[..., Any]) -> Callable[..., Any]:
    def publish_version(name: str, data: dict[str, Any]) -> Any:
        function = lambda_svc._functions.get(name)
        if function is None:
            return publish(name, data)
        refused = _in_progress(name)
        if refused is None:
            refused = _unmet(function["config"], data)
        if refused is not None:
            return refused
        latest = max(function["versions"], key=int, default=None)
        if latest is not None and _same(function["versions"][latest]["config"], function["config"], data):
            return responses.json_response(function["versions"][latest]["config"], 201)
        answer = publish(name, data)
        if answer[0] == 201:
            published = function["versions"][json.loads(answer[2])["Version"]]["config"]
            published.update(LastUpdateStatus="Successful", State="Active")
            return responses.json_response(published, 201)
        return answer

    return publish_version


def _unmet(config: dict[str, Any], data: dict[str, Any]) -> Any:
    wanted = data.get("CodeSha256")
    if wanted and wanted != config["CodeSha256"]:
        message = (
            f"CodeSHA256 ({wanted}) is different from current CodeSHA256 in $LATEST ({config['CodeSha256']})."
        )
        return responses.error_response_json(
            "InvalidParameterValueException", f"{message} Please try again.", 400
        )
    if data.get("RevisionId"):
        return lambda_svc._check_revision(config, data)
    return None


def _same(published: dict[str, Any], present: dict[str, Any], data: dict[str, Any]) -> bool:
    wanted = {**present, **({"Description": data["Description"]} if data.get("Description") else {})}
    return all(published.get(key) == wanted.get(key) for key in _COMPARED)
