"""Revisions, which moto's Lambda lacks: with them an update that comes second is refused, as AWS refuses it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote
from uuid import uuid4

import pytest
from moto.awslambda.models import LambdaAlias, LambdaFunction
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


def _alias(response: LambdaResponse) -> dict[str, str]:
    *_, function, _aliases, name = unquote(response.path).split("/")
    return {"RevisionId": response.backend.get_alias(name=name, function_name=function).revision_id}


def _function(response: LambdaResponse) -> dict[str, str]:
    found = response.backend.get_function(unquote(response.path).split("/")[-2], None).get_configuration()
    return {"RevisionId": found["RevisionId"], "CodeSha256": found["CodeSha256"]}
