"""Serving's ports in memory: an inference function whose versions run in this process."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from statistics import fmean, median
from threading import Lock
from typing import Any
from uuid import uuid4

from keepfit.errors import Conflict, NotFound
from keepfit.layout import ModelScope
from keepfit.registry.artifact_store import ArtifactStore
from keepfit.registry.champion import UNRELEASED
from keepfit.serving.release.canary import RequestCounts
from keepfit.serving.release.invocation import HttpAnswer, Invocation
from keepfit.serving.release.package import lambda_sha256
from keepfit.serving.release.routing import Alias, Routing

Handler = Callable[[Mapping[str, Any]], Any]


def _unreleased(_event: Mapping[str, Any]) -> dict[str, Any]:
    return {"statusCode": 503, "body": "{}"}


class MemoryRouting:
    """See ``serving.ports.LiveRouting``: one alias with revisions, and the existing versions.

    Args:
        published: the versions that exist beside the first.
        beside: another alias of the same function.
    """

    def __init__(self, *published: str, beside: MemoryRouting | None = None) -> None:
        self._alias = Alias(routing=Routing(lambda_version=UNRELEASED), revision=str(uuid4()))
        self._lock = Lock()
        made: dict[str, Handler] = dict.fromkeys((UNRELEASED, *published), _unreleased)
        self.versions: dict[str, Handler] = made if beside is None else beside.versions

    def read(self) -> Alias:
        return self._alias

    def move(self, routing: Routing, *, revision: str) -> Alias:
        with self._lock:
            if revision != self._alias.revision:
                raise Conflict("the alias was moved by another process")
            for lambda_version in filter(None, (routing.lambda_version, routing.canary)):
                if lambda_version not in self.versions:
                    raise NotFound(f"there is no Lambda version {lambda_version}")
            self._alias = Alias(routing=routing, revision=str(uuid4()))
            return self._alias

    def forget(self, lambda_version: str) -> None:
        """Deletes a version. Raises Conflict where the alias points to it."""
        with self._lock:
            routing = self._alias.routing
            if lambda_version in (routing.lambda_version, routing.canary):
                raise Conflict(f"the alias points to Lambda version {lambda_version}")
            self.versions.pop(lambda_version, None)


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryReleases:
    """See ``serving.ports.ReleaseTarget``; ``start`` makes a handler of a package's bytes.

    ``live`` is the alias.
    """

    artifacts: ArtifactStore
    start: Callable[[bytes], Handler]
    live: MemoryRouting
    _codes: dict[str, str] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=lambda: count(2))
    _lock: Lock = field(default_factory=Lock)

    @property
    def versions(self) -> dict[str, Handler]:
        return self.live.versions

    def publish(self, *, bucket: str, key: str, code_sha256: str, description: str) -> str:
        package = self.artifacts.get(key)
        if lambda_sha256(package) != code_sha256:
            raise Conflict(f"{bucket}/{key} ({description}) is not the package that was to be published")
        with self._lock:
            if code_sha256 not in self._codes:
                lambda_version = str(next(self._numbers))
                self.versions[lambda_version] = self.start(package)
                self._codes[code_sha256] = lambda_version
            return self._codes[code_sha256]

    def published(self) -> list[str]:
        return list(self.versions)

    def delete(self, lambda_version: str) -> None:
        with self._lock:
            self.live.forget(lambda_version)
            for code in [code for code, published in self._codes.items() if published == lambda_version]:
                del self._codes[code]

    def code_sha256(self, lambda_version: str) -> str:
        for code, published in self._codes.items():
            if published == lambda_version:
                return code
        raise NotFound(f"there is no Lambda version {lambda_version}")

    def invoke(self, lambda_version: str, event: Mapping[str, Any]) -> Invocation:
        if lambda_version not in self.versions:
            raise NotFound(f"there is no Lambda version {lambda_version}")
        try:
            return Invocation(payload=json.dumps(self.versions[lambda_version](event)).encode())
        except Exception as error:  # noqa: BLE001  whatever a handler raises is what Lambda answers
            name = type(error).__name__
            body = {"errorType": name, "errorMessage": str(error)}
            return Invocation(payload=json.dumps(body).encode(), error=name)


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryNextRoute:
    """See ``serving.ports.NextRoute``; ``next`` is the alias."""

    model: str
    next: MemoryRouting
    target: MemoryReleases

    def ask(self, body: bytes) -> HttpAnswer:
        version = self.next.read().routing.lambda_version
        route = f"POST {ModelScope(self.model).next_path}"
        event = {"version": "2.0", "routeKey": route, "body": body.decode(), "isBase64Encoded": False}
        invocation = self.target.invoke(version, event)
        answer = json.loads(invocation.payload)
        by = None if invocation.error or version == UNRELEASED else version
        status = 500 if invocation.error else answer["statusCode"]
        told = b'{"message": "Internal Server Error"}' if invocation.error else answer["body"].encode()
        return HttpAnswer(status=status, body=told, lambda_version=by, seconds=0.001)


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryRequests:
    """See ``serving.ports.CanaryRequests``; ``answered`` holds (version, at, failed, milliseconds)."""

    answered: list[tuple[str, datetime, bool, float]] = field(default_factory=list)

    def count(self, lambda_version: str, *, since: datetime, until: datetime) -> RequestCounts:
        begin = since.replace(second=0, microsecond=0)
        counted = [
            (at.replace(second=0, microsecond=0), failed, took)
            for version, at, failed, took in self.answered
            if version == lambda_version and begin <= at <= until
        ]
        minutes = {minute: [took for at, _, took in counted if at == minute] for minute, _, _ in counted}
        return RequestCounts(
            requests=len(counted),
            failures=sum(failed for _, failed, _ in counted),
            duration_ms=median(map(fmean, minutes.values())) if minutes else None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryExecutions:
    """See ``serving.ports.WaitingExecutions``; ``ended`` are the waits that are over, by their tokens."""

    waiting: set[str] = field(default_factory=set)
    ended: dict[str, dict[str, Any]] = field(default_factory=dict)

    def go_on(self, token: str, output: Mapping[str, Any]) -> None:
        self._end(token, {**output})

    def end(self, token: str, *, error: str, cause: str) -> None:
        self._end(token, {"error": error, "cause": cause})

    def _end(self, token: str, how: dict[str, Any]) -> None:
        if token not in self.waiting:
            raise NotFound("no step waits by this token")
        self.waiting.remove(token)
        self.ended[token] = how
