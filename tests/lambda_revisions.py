"""Revisions, which moto's Lambda lacks: with them an update that comes second is refused, as AWS refuses it.

Nor does it refuse an alias on a version that does not exist, or the deletion of one that an alias points to; and it
gives the number of a deleted version again.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote
from uuid import uuid4

import pytest
from moto.awslambda.models import LambdaAlias, LambdaFunction, LambdaStorage
from moto.awslambda.responses import LambdaResponse

Answer = tuple[int, dict[str, Any], str]


def keep_revisions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Gives functions and aliases a RevisionId, a new one with each update, and checks the one that an update names.

    PublishVersion also checks CodeSha256, as AWS does.
    """
    update, configuration = LambdaAlias.update, LambdaFunction.get_configuration

    def renew(alias: LambdaAlias, *args: Any, **more: Any) -> None:
        update(alias, *args, **more)
        alias.revision_id = str(uuid4())

    def revised(function: LambdaFunction, *args: Any, **more: Any) -> dict[str, Any]:
        return {
            **configuration(function, *args, **more),
            "RevisionId": f"revision of {function.code_sha_256}",
        }

    monkeypatch.setattr(LambdaAlias, "update", renew)
    monkeypatch.setattr(LambdaFunction, "get_configuration", revised)
    for operation, current in (
        ("update_alias", _alias),
        ("update_function_code", _function),
        ("publish_version", _function),
    ):
        monkeypatch.setattr(LambdaResponse, operation, _guarded(getattr(LambdaResponse, operation), current))
    for operation, refusal in (("update_alias", _to_nothing), ("delete_function", _in_use)):
        monkeypatch.setattr(LambdaResponse, operation, _refusing(getattr(LambdaResponse, operation), refusal))
    monkeypatch.setattr(LambdaStorage, "publish_version", _numbered(LambdaStorage.publish_version))


def _guarded(
    operation: Callable[[LambdaResponse], Answer], current: Callable[[LambdaResponse], dict[str, str]]
) -> Callable[[LambdaResponse], Answer]:
    def answer(response: LambdaResponse) -> Answer:
        asked, found = json.loads(response.body or "{}"), current(response)
        for condition, value in found.items():
            if asked.get(condition, value) != value:
                body = {"Type": "User", "Message": f"{condition} is {value}"}
                headers = {"status": 412, "x-amzn-errortype": "PreconditionFailedException"}
                return 412, headers, json.dumps(body)
        return operation(response)

    return answer


def _refusing(
    operation: Callable[[LambdaResponse], Answer], refusal: Callable[[LambdaResponse], tuple[int, str] | None]
) -> Callable[[LambdaResponse], Answer]:
    def answer(response: LambdaResponse) -> Answer:
        refused = refusal(response)
        if refused is None:
            return operation(response)
        status, error = refused
        return status, {"status": status, "x-amzn-errortype": error}, json.dumps({"Message": error})

    return answer


def _numbered(publish: Callable[..., LambdaFunction | None]) -> Callable[..., LambdaFunction | None]:
    def publish_version(storage: LambdaStorage, name: str, description: str = "") -> LambdaFunction | None:
        versions = storage._functions[name]["versions"]
        last = versions[-1] if versions else None
        made = publish(storage, name, description)
        if made is not None and last is not None and made is not last:
            made.set_version(int(last.version) + 1)
            storage._arns.update({version.function_arn: version for version in versions})
        return made

    return publish_version


def _to_nothing(response: LambdaResponse) -> tuple[int, str] | None:
    asked = json.loads(response.body or "{}")
    wanted = {
        asked.get("FunctionVersion"),
        *((asked.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {}),
    }
    *_, function, _aliases, _name = unquote(response.path).split("/")
    there = {str(each.version) for each in response.backend._lambdas._functions[function]["versions"]}
    return None if wanted - {None} <= there else (404, "ResourceNotFoundException")


def _in_use(response: LambdaResponse) -> tuple[int, str] | None:
    version = response._get_param("Qualifier")
    function = unquote(response.path).rsplit("/", 1)[-1]
    for alias in response.backend.list_aliases(function):
        weights = (alias.routing_config or {}).get("AdditionalVersionWeights") or {}
        if version in (alias.function_version, *weights):
            return 409, "ResourceConflictException"
    return None


def _alias(response: LambdaResponse) -> dict[str, str]:
    *_, function, _aliases, name = unquote(response.path).split("/")
    return {"RevisionId": response.backend.get_alias(name=name, function_name=function).revision_id}


def _function(response: LambdaResponse) -> dict[str, str]:
    found = response.backend.get_function(unquote(response.path).split("/")[-2], None).get_configuration()
    return {"RevisionId": found["RevisionId"], "CodeSha256": found["CodeSha256"]}
