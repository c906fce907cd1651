"""The versions of a model's inference function on AWS Lambda, and its aliases."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from keepfit.adapters.aws.clients import client, translated
from keepfit.errors import Conflict, NotFound, ServiceUnavailable
from keepfit.serving.release.invocation import Invocation
from keepfit.serving.release.routing import Alias, Routing

LIVE = "live"
NEXT = "next"
_POLL_S = 0.2
_MAX_UPDATE_S = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class LambdaReleases:
    """See ``serving.ports.ReleaseTarget``."""

    function: str

    def publish(self, *, bucket: str, key: str, code_sha256: str, description: str) -> str:
        with translated(f"publishing {key} as a version of {self.function}"):
            latest = self._settled()
            if latest["CodeSha256"] != code_sha256:
                _lambda().update_function_code(
                    FunctionName=self.function, S3Bucket=bucket, S3Key=key, RevisionId=latest["RevisionId"]
                )
                latest = self._settled()
            # Both guards: a deployment of the stack in between changes the code or only the configuration.
            published = _lambda().publish_version(
                FunctionName=self.function,
                CodeSha256=code_sha256,
                RevisionId=latest["RevisionId"],
                Description=description,
            )
            if published["CodeSha256"] != code_sha256:
                raise Conflict(
                    f"the code of {self.function} was changed by another process while {key} was published"
                )
            self._settled(published["Version"])
        version: str = published["Version"]
        return version

    def published(self) -> list[str]:
        pages = _lambda().get_paginator("list_versions_by_function").paginate(FunctionName=self.function)
        with translated(f"the versions of {self.function}"):
            versions = [version["Version"] for page in pages for version in page["Versions"]]
        return [version for version in versions if version != "$LATEST"]

    def delete(self, lambda_version: str) -> None:
        # Without a number it would be the whole function; IAM allows the role its versions alone.
        if not lambda_version.isdecimal():
            raise ValueError(f"{lambda_version!r} is not the number of a version")
        with suppress(NotFound), translated(f"deleting version {lambda_version} of {self.function}"):
            _lambda().delete_function(FunctionName=self.function, Qualifier=lambda_version)

    def code_sha256(self, lambda_version: str) -> str:
        with translated(f"version {lambda_version} of {self.function}"):
            configuration = _lambda().get_function_configuration(
                FunctionName=self.function, Qualifier=lambda_version
            )
        code: str = configuration["CodeSha256"]
        return code

    def environment(self, lambda_version: str) -> dict[str, str]:
        """The variables that a version was published with, which never change."""
        with translated(f"version {lambda_version} of {self.function}"):
            configuration = _lambda().get_function_configuration(
                FunctionName=self.function, Qualifier=lambda_version
            )
        return dict((configuration.get("Environment") or {}).get("Variables") or {})

    def invoke(self, lambda_version: str, event: Mapping[str, Any]) -> Invocation:
        with translated(f"version {lambda_version} of {self.function}"):
            answer = _lambda().invoke(
                FunctionName=self.function, Qualifier=lambda_version, Payload=json.dumps(event).encode()
            )
            payload: bytes = answer["Payload"].read()
        return Invocation(
            payload=payload, error=_error_name(payload) if answer.get("FunctionError") else None
        )

    def _settled(self, version: str = "$LATEST") -> dict[str, Any]:
        """The function's configuration, once no update of it is in progress."""
        deadline = time.monotonic() + _MAX_UPDATE_S
        while time.monotonic() < deadline:
            configuration: dict[str, Any] = _lambda().get_function_configuration(
                FunctionName=self.function, Qualifier=version
            )
            if (
                configuration.get("State", "Active") != "Pending"
                and configuration.get("LastUpdateStatus") != "InProgress"
            ):
                return configuration
            time.sleep(_POLL_S)
        raise ServiceUnavailable(f"{self.function}:{version} was still being updated after {_MAX_UPDATE_S} s")


@dataclass(frozen=True, slots=True, kw_only=True)
class LambdaLiveRouting:
    """See ``serving.ports.LiveRouting``; ``alias`` is the one that is read and moved."""

    function: str
    alias: str = LIVE

    def read(self) -> Alias:
        with translated(f"the alias {self.alias} of {self.function}"):
            return _alias(_lambda().get_alias(FunctionName=self.function, Name=self.alias))

    def move(self, routing: Routing, *, revision: str) -> Alias:
        weights = {routing.canary: routing.weight} if routing.canary else {}
        with translated(f"moving the alias {self.alias} of {self.function}"):
            return _alias(
                _lambda().update_alias(
                    FunctionName=self.function,
                    Name=self.alias,
                    FunctionVersion=routing.lambda_version,
                    RoutingConfig={"AdditionalVersionWeights": weights},
                    RevisionId=revision,
                )
            )


def _alias(response: Mapping[str, Any]) -> Alias:
    weights = (response.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {}
    canary, weight = next(iter(weights.items()), (None, 0.0))
    routing = Routing(lambda_version=response["FunctionVersion"], canary=canary, weight=weight)
    return Alias(routing=routing, revision=response["RevisionId"])


def _error_name(payload: bytes) -> str:
    try:
        return str(json.loads(payload)["errorType"])
    except (ValueError, LookupError, TypeError):
        return "an error without a name"


def _lambda() -> Any:
    return client("lambda")
