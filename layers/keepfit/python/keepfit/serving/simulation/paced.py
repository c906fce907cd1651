"""Asks a release instance by instance at a rate, whatever time its answers take."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import msgspec

from keepfit.serving.release.golden import as_body, as_event, shown
from keepfit.serving.release.invocation import Invocation

MAX_CONNECTIONS: Final = 32
"""Requests under way at once; a release that answers slower than that gets fewer than were wanted."""
_MAX_REASONS: Final = 5

Ask = Callable[[Mapping[str, Any]], Invocation]
"""Asks the release with an API Gateway event."""


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """One answer; ``document`` is None where it is no prediction, and ``reason`` says why."""

    instance: Mapping[str, Any]
    seconds: float
    document: dict[str, Any] | None = None
    is_refused: bool = False
    reason: str | None = None


class Traffic(msgspec.Struct, frozen=True, kw_only=True):
    """What came of simulated requests; latencies in milliseconds, of those that were answered.

    ``rate`` is how many were asked in a second; ``reasons`` are the first few of refusals and errors, each once.
    """

    requests: int
    refused: int
    errors: int
    rate: float
    p50_ms: float | None
    p95_ms: float | None
    p99_ms: float | None
    versions: dict[int, int]
    reasons: list[str]


def ask_all(
    ask: Ask,
    instances: Sequence[Mapping[str, Any]],
    *,
    rate: float,
    timer: Callable[[], float] = time.perf_counter,
    sleep: Callable[[float], object] = time.sleep,
) -> tuple[Traffic, list[Answered]]:
    """Asks every instance, one a request, the next ``1 / rate`` seconds after the one before.

    Args:
        ask: asks the release; from several threads.
        instances: as clients send them, at least one.
        rate: requests a second, above 0.
        timer: seconds that only grow.
        sleep: waits for seconds.
    """
    started = timer()
    with ThreadPoolExecutor(MAX_CONNECTIONS) as pool:
        futures = []
        for number, instance in enumerate(instances):
            early = started + number / rate - timer()
            if early > 0:
                sleep(early)
            futures.append(pool.submit(_asked, ask, instance, timer))
        answers = [future.result() for future in futures]
    return _traffic(answers, timer() - started), answers


def _asked(ask: Ask, instance: Mapping[str, Any], timer: Callable[[], float]) -> Answered:
    begun = timer()
    invocation = ask(as_event(as_body([instance])))
    seconds = timer() - begun
    if invocation.error is not None:
        reason = f"the release raised {invocation.error}: {shown(invocation.payload)}"
        return Answered(instance=instance, seconds=seconds, reason=reason)
    response = json.loads(invocation.payload)
    document = json.loads(response["body"])
    if response["statusCode"] == 200:
        return Answered(instance=instance, seconds=seconds, document=document)
    reason = f"HTTP {response['statusCode']}, {document.get('code')}: {document.get('detail')}"
    is_refused = response["statusCode"] < 500
    return Answered(instance=instance, seconds=seconds, is_refused=is_refused, reason=reason)


def _traffic(answers: Sequence[Answered], seconds: float) -> Traffic:
    good = sorted(each.seconds for each in answers if each.document is not None)
    refused = sum(each.is_refused for each in answers)
    versions: dict[int, int] = {}
    for each in answers:
        if each.document is not None:
            version = int(each.document["model_version"])
            versions[version] = versions.get(version, 0) + 1
    reasons = dict.fromkeys(each.reason for each in answers if each.reason)
    return Traffic(
        requests=len(answers),
        refused=refused,
        errors=len(answers) - len(good) - refused,
        rate=len(answers) / seconds if seconds > 0 else 0.0,
        p50_ms=_quantile(good, 0.5),
        p95_ms=_quantile(good, 0.95),
        p99_ms=_quantile(good, 0.99),
        versions=dict(sorted(versions.items())),
        reasons=list(reasons)[:_MAX_REASONS],
    )


def _quantile(ordered: Sequence[float], share: float) -> float | None:
    return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))] * 1000, 3) if ordered else None
