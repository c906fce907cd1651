"""Composition root of `evaluate_canary`: counts a canary's requests and judges it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from keepfit import instants
from keepfit.runtime.definition import model_of_run
from keepfit.runtime.live import canary_requests, live_routing
from keepfit.serving.release.canary import DECIDED, ENDED, CanaryVerdict, judge_canary
from keepfit.serving.release.ports import CanaryRequests, RoutingReader
from keepfit.serving.release.routing import is_tried
from keepfit.serving.release_definition import ReleaseDefinition


class Canary(msgspec.Struct, frozen=True, kw_only=True):
    """The request of `evaluate_canary`: the release on trial and the start of its canary."""

    lambda_version: str
    started_at: datetime


def evaluate(
    event: dict[str, Any],
    *,
    live: RoutingReader,
    requests: CanaryRequests,
    definition: ReleaseDefinition,
    now: datetime,
) -> CanaryVerdict:
    """Judges all requests since the canary began, unless a later decision has been made."""
    canary, routing = msgspec.convert(event, Canary), live.read().routing
    if routing.lambda_version == canary.lambda_version:
        return CanaryVerdict(verdict="promote", reason=DECIDED, requests=0, failures=0)
    if not is_tried(routing, canary.lambda_version):
        return CanaryVerdict(verdict="roll back", reason=ENDED, requests=0, failures=0)
    counts, champion = (
        requests.count(version, since=canary.started_at, until=now)
        for version in (canary.lambda_version, routing.lambda_version)
    )
    return judge_canary(definition, counts, champion, baked=now - canary.started_at)


def evaluate_deployed(event: dict[str, Any]) -> CanaryVerdict:
    """Judges a canary with the settings of the environment.

    Raises NotFound where the stack left a variable out.
    """
    return evaluate(
        event,
        live=live_routing(),
        requests=canary_requests(),
        definition=model_of_run(event["run_id"]).definition.release,
        now=instants.now(),
    )
