"""AWS on a bad day: 30 % of all requests are answered 503, and 10 % are never answered, half of which are done."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, TypeVar

import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import ReadTimeoutError
from moto.core.models import botocore_stubber

from keepfit.adapters.aws.clients import client
from keepfit.errors import Transient

_Answer = TypeVar("_Answer")

SERVICES = ("dynamodb", "s3", "lambda", "cloudwatch", "stepfunctions", "events")


class Weather:
    """Decides about each request, of which a ``share`` goes wrong; ``calm`` lets all of them through."""

    def __init__(self, seed: int, monkeypatch: pytest.MonkeyPatch, share: float = 0.4) -> None:
        self.share = share
        monkeypatch.setattr("botocore.endpoint.time", SimpleNamespace(sleep=lambda _: None))
        self.chance = random.Random(seed)
        self.calm = True
        self.faults = 0
        self.struck: Counter[str] = Counter()
        for service in SERVICES:
            client(service).meta.events.register_first("before-send", self.strike)

    def strike(self, request: AWSPreparedRequest, event_name: str, **_: Any) -> AWSResponse | None:
        if self.calm:
            return None
        fate = self.chance.random()
        if fate >= self.share:
            return None
        self.faults += 1
        self.struck[event_name.removeprefix("before-send.")] += 1
        if fate < 0.3:
            return Unavailable(request.url)
        if fate < 0.35:
            botocore_stubber(
                "before-send", request
            )  # the service does what it was asked, and its answer is lost
        raise ReadTimeoutError(endpoint_url=request.url)

    def retried(self, function: Callable[[], _Answer]) -> _Answer:
        """Calls it as Step Functions does: again after a transient error, with everything calm in between."""
        for _ in range(10):
            self.calm = False
            try:
                return function()
            except Transient:
                continue
            finally:
                self.calm = True
        pytest.fail("ten retries were not enough")

    def endured(self, function: Callable[[], _Answer]) -> _Answer:
        """Calls it once, as what nobody calls again."""
        self.calm = False
        try:
            return function()
        finally:
            self.calm = True


class Unavailable(AWSResponse):
    def __init__(self, url: str) -> None:
        super().__init__(url, 503, HTTPHeaders(), None)

    @property
    def content(self) -> bytes:
        return b""
