"""A day in real time: rows are written as they become known, and clients ask with keys alone."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from cli.clients import https
from cli.clients.token import writer_token
from cli.exits import CommandError, Exit
from cli.places.deployment import Deployment
from cli.places.materializing import materialized
from keepfit.serving.access.grant import WRITE_FEATURES
from keepfit.views.features import read_view
from replay.client import Answer, PredictionClient, singles_and_batches
from replay.flights import Hour
from replay.results import DayResult

# By any view of its dataset a row is written to all of them.
_FLIGHTS, _WEATHER = "carrier_delays", "origin_weather"
_SHOWN = 3
_VIEWS_AT_ONCE = 2


@dataclass(slots=True, kw_only=True)
class RealTimeDay:
    """A day on one deployment, after its year."""

    deployment: Deployment
    client: PredictionClient
    tell: Callable[[str], None]
    _token: str = field(init=False, default="")
    _write_ms: list[float] = field(init=False, default_factory=list)
    _ask_ms: list[float] = field(init=False, default_factory=list)

    def run(self, hours: list[Hour]) -> DayResult:
        """Writes and asks hour by hour, then compares with the answers to whole instances."""
        start = time.monotonic()
        first = min(one["scheduled_departure"] for hour in hours for one in hour.keys)
        materialize_seconds = self._keep_windows(first)
        self._token = writer_token(self.deployment, WRITE_FEATURES)
        answers: list[Answer] = []
        for hour in hours:
            self.tell(f"{hour.ends:%Y-%m-%d %H:%M}: {len(hour.flights)} flights have landed")
            self._write(_FLIGHTS, hour.flights, f"flights-{hour.ends:%Y%m%dT%H}")
            self._write(_WEATHER, hour.weather, f"weather-{hour.ends:%Y%m%dT%H}")
            answers += [self._ask(one) for one in hour.keys]
        self.tell("the same flights ask with all their features")
        whole = [one for hour in hours for one in hour.whole]
        expected = self.client.send(whole, singles_and_batches(len(whole), single_share=0.0))
        return self._compared(hours, answers, expected, materialize_seconds, time.monotonic() - start)

    def _keep_windows(self, first: str) -> float:
        """Has the windows kept as of the day; the seconds that it took."""
        start = time.monotonic()
        self.tell(f"the views keep what requests from {first} on need")
        views, how = self.deployment.online_stores().views, {"anew": True, "as_of": first}
        with ThreadPoolExecutor(_VIEWS_AT_ONCE) as pool:
            list(pool.map(lambda view: materialized(self.deployment, view, how, self.tell), views))
        return time.monotonic() - start

    def _write(self, view: str, rows: list[dict[str, Any]], event: str) -> None:
        if not rows:
            return
        start = time.perf_counter()
        answer = https.post(
            self.deployment.write_url(view),
            json.dumps({"rows": rows, "event_id": event}).encode(),
            {"content-type": "application/json", "authorization": f"Bearer {self._token}"},
            ca_bundle=self.deployment.place.ca_bundle,
        )
        self._write_ms.append(1000 * (time.perf_counter() - start))
        if answer.status != 200 or json.loads(answer.body)["accepted"] != len(rows):
            raise CommandError(
                f"{len(rows)} rows of {view} were answered {answer.status}: {answer.body[:300]!r}",
                Exit.REFUSED,
            )

    def _ask(self, keys: dict[str, Any]) -> Answer:
        start = time.perf_counter()
        [answer] = self.client.send([keys], [1])
        self._ask_ms.append(1000 * (time.perf_counter() - start))
        return answer

    def _compared(
        self,
        hours: list[Hour],
        answers: list[Answer],
        expected: list[Answer],
        materialize_seconds: float,
        seconds: float,
    ) -> DayResult:
        asked = [one for hour in hours for one in hour.keys]
        both = [
            (keys, found, whole)
            for keys, found, whole in zip(asked, answers, expected, strict=True)
            if found.status == whole.status == 200
        ]
        differing = [keys for keys, found, whole in both if found.probability != whole.probability]
        stores = self.deployment.online_stores()
        return DayResult(
            day=f"{hours[0].ends:%Y-%m-%d}",
            rows_written=sum(len(hour.flights) + len(hour.weather) for hour in hours),
            requests=len(asked),
            compared=len(both),
            equal=len(both) - len(differing),
            differing=differing[:_SHOWN],
            p50_ms=round(float(np.percentile(self._ask_ms, 50)), 1),
            p99_ms=round(float(np.percentile(self._ask_ms, 99)), 1),
            write_p50_ms=round(float(np.percentile(self._write_ms, 50)), 1),
            versions={name: read_view(stores, name).version for name in sorted(stores.views)},
            materialize_seconds=round(materialize_seconds, 1),
            seconds=round(seconds, 1),
        )
