"""The first upload of the loop, whose event is delivered again and again."""

from __future__ import annotations

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from keepfit.features.datasets.records import FileRecord
from tests.e2e.loop import world
from tests.e2e.loop.product import Product

DELIVERIES = 100
# Beyond what ingest says by itself: EventBridge may deliver that again, too.
ANNOUNCEMENTS = 10
_CONCURRENCY = 4
_WEATHER_AND_FLIGHTS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstUpload:
    """What each delivery answered, the upload's record, and every execution that there was until all was quiet."""

    answers: list[dict[str, Any]]
    record: FileRecord
    executions: list[dict[str, Any]]


def upload(product: Product) -> FirstUpload:
    """January's weather, then its flights, their event delivered by many hands at the same time."""
    product.take_in("weather/2013-01.csv", world.weather(world.JANUARY))
    key, body = "flights/2013-01.csv", world.january_flights()
    event = json.dumps({"detail": {"object": {"key": key, "version-id": product.put(key, body)}}}).encode()
    function = product.deployment.platform("IngestFunction")

    def deliver(_: int) -> dict[str, Any]:
        answer = product.client("lambda").invoke(FunctionName=function, Payload=event)
        return dict(json.loads(answer["Payload"].read()))

    with ThreadPoolExecutor(_CONCURRENCY) as pool:
        answers = list(pool.map(deliver, range(DELIVERIES)))
    record = product.watch.ingested("flights", hashlib.sha256(body).hexdigest())
    announce_again(product, record.version)
    executions = product.watch.settled(_WEATHER_AND_FLIGHTS + ANNOUNCEMENTS)
    return FirstUpload(answers=answers, record=record, executions=executions)


def announce_again(product: Product, version: int) -> None:
    manifest = product.deployment.manifests.manifest("flights", version)
    detail = {
        "dataset": "flights",
        "version": version,
        "rows": manifest.rows,
        "first_event": manifest.first_event,
        "last_event": manifest.last_event,
    }
    event = {"Source": "keepfit", "DetailType": "Dataset Updated", "Detail": json.dumps(detail)}
    answer = product.client("events").put_events(Entries=[event] * ANNOUNCEMENTS)
    assert answer["FailedEntryCount"] == 0
