"""Times requests that look features up: `scripts/bench online`.

The store is a process of its own that answers over TLS; figures are CPU time of the thread that answers, the system's
share included. The start is that of a release's package, as `scripts/bench start` measures it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import boto3
import numpy as np
from botocore.config import Config
from msgspec.structs import replace

from keepfit.adapters.http.dynamodb_reader import DynamoReader
from keepfit.adapters.memory.online import MemoryOnlineStore
from keepfit.features.online.latest import LATEST
from keepfit.features.online.ports import ItemKey
from keepfit.features.online.revisions import Revision, micros, to_json
from keepfit.features.online.tiles.measures import Tiling
from keepfit.features.online.tiles.read import TileReader
from keepfit.features.online.tiles.rows import TileRow
from keepfit.features.online.tiles.write import Tiles
from keepfit.features.schema import signature as signatures
from keepfit.features.schema.signature import Column, Lookup, LookupWindow
from keepfit.layout import ViewScope
from keepfit.serving.inference.scorer import Scorer
from keepfit.serving.requests.lookup_predictor import LookupPredictor
from localcloud import tls
from tests.bench.figures import Comparison
from tests.bench.in_process import best_in_turns
from tests.bench.online import load
from tests.bench.request_path import SIGNATURE, WEATHER, Handlers, instances
from tests.bench.start.compared import KEEPFIT, once, released
from tests.bench.turns import Disagreement

WHOLE, NEWEST, WINDOWS, SDK = (
    "whole instance",
    "newest values",
    "windows of 3 h, 1 d and 7 d",
    "newest values by boto3",
)
WHOLE_50, WINDOWS_50 = "50 whole instances", "windows of 50 instances, 3 carriers"
_CARRIERS = ("UA", "AA", "DL")
_STORE = Path(__file__).with_name("store.py")
_TABLE = "online"
# Of the carrier that is asked for: as many as a large one has out of one city.
_EVENTS_A_DAY = 100
_MOMENT = datetime(2013, 3, 1, 12, tzinfo=UTC)
_DURATIONS = {"3h": 3, "1d": 24, "7d": 168}


def compared(*, rounds: int, starts: int, requests: int) -> list[Comparison]:
    """Three tables: requests, requests at the same time, and a start to the first answer."""
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        certificates = tls.ensure(folder / "tls")
        port = stack.enter_context(_serving(folder, certificates))
        environment = {
            "AWS_ENDPOINT_URL": f"https://localhost:{port}",
            "AWS_CA_BUNDLE": str(certificates.authority),
            "AWS_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "bench",
            "AWS_SECRET_ACCESS_KEY": "bench",
            "KEEPFIT_ONLINE_TABLE": _TABLE,
        }
        os.environ |= environment
        handlers = Handlers(lambda _lines: None)
        signature = signatures.to_json(replace(SIGNATURE, lookups=[_windows()]))
        under_load = partial(load.compared, handlers.model, signature, _event(_keys()), requests)
        with _serving(folder, certificates, seconds=load.LATENCY_S) as slow:
            os.environ["AWS_ENDPOINT_URL"] = f"https://localhost:{slow}"
            at_once = under_load()
        os.environ |= environment
        return [_requests(rounds), at_once, _starts(folder, handlers.model, starts, environment)]


def _requests(rounds: int) -> Comparison:
    with Path(os.devnull).open("wb") as nowhere:

        def log(lines: bytes) -> None:
            os.write(nowhere.fileno(), lines)

        handlers = Handlers(log)
        whole = _event(_whole())
        ways: dict[str, Callable[[], Any]] = {WHOLE: lambda: handlers.keepfit(whole)}
        for way, lookup in ((NEWEST, _newest()), (WINDOWS, _windows())):
            signature = replace(SIGNATURE, lookups=[lookup])
            scorer = Scorer.load(handlers.model, signatures.to_json(signature))
            predictor = LookupPredictor(
                scorer=scorer,
                model="flight_delay",
                version=3,
                log=log,
                reader=DynamoReader.from_environment(_TABLE),
            )
            event = _event(_keys())
            answered = predictor.answer(event)
            if answered["statusCode"] != 200:
                raise Disagreement(f"{way}: {answered['body']}")
            ways[way] = lambda predictor=predictor, event=event: predictor.answer(event)
        many = [_whole() | {"carrier": _CARRIERS[n % 3], "departure": _departs(n)} for n in range(50)]
        whole_50, keys_50 = _event(*many), _event(*map(_without_features, many))
        ways[WHOLE_50] = lambda: handlers.keepfit(whole_50)
        # The last predictor is that of windows.
        ways[WINDOWS_50] = lambda: predictor.answer(keys_50)
        ways[SDK] = _by_sdk(ways[WHOLE])
        seconds = best_in_turns(ways, rounds=rounds, seconds=0.02)
    rows = [
        {
            "way": way,
            "microseconds": taken * 1e6,
            "above whole ones": (taken - seconds[WHOLE_50 if way == WINDOWS_50 else WHOLE]) * 1e6,
        }
        for way, taken in seconds.items()
    ]
    notes = [
        "microseconds of CPU for a request, best of the rounds; the store is another process, behind TLS",
        f"windows: count, sum and mean in each of three, {_EVENTS_A_DAY} events a day, {len(_items())} items",
        "50 instances ask as of 50 different minutes",
        "by boto3: its get of the same item, and the request with the whole instance",
    ]
    return Comparison(title="Features that are looked up", rows=rows, notes=notes)


def _by_sdk(whole: Callable[[], Any]) -> Callable[[], Any]:
    client = boto3.client("dynamodb", config=Config(retries={"total_max_attempts": 1}))
    key = {"pk": {"S": ViewScope("weather").entity('["JFK"]')}, "sk": {"S": LATEST}}

    def asked() -> None:
        client.batch_get_item(RequestItems={_TABLE: {"Keys": [key]}})
        whole()

    return asked


def _starts(folder: Path, model: bytes, rounds: int, environment: Mapping[str, str]) -> Comparison:
    """From the interpreter's start to the first answer, with the first connection to the store."""
    ways = {
        KEEPFIT: (released(folder / "whole", SIGNATURE, model), _event(_whole())),
        "and looks up": (
            released(folder / "lookup", replace(SIGNATURE, lookups=[_newest()]), model),
            _event(_keys()),
        ),
        "and reads windows": (
            released(folder / "windows", replace(SIGNATURE, lookups=[_windows()]), model),
            _event(_keys()),
        ),
    }
    found: dict[str, list[Mapping[str, Any]]] = {name: [] for name in ways}
    for number in range(rounds + 1):
        for name, (start, event) in ways.items():
            figures = once(start, folder, event, environment)
            if number:  # the first fills the system's caches
                found[name].append(figures)
    middle = {
        name: {figure: median(one[figure] for one in some) for figure in ("cpu_seconds", "wall_seconds")}
        for name, some in found.items()
    }
    rows = [
        {"way": name, **one, f"times {KEEPFIT}": one["cpu_seconds"] / middle[KEEPFIT]["cpu_seconds"]}
        for name, one in middle.items()
    ]
    notes = [f"medians of {rounds} new processes each, to the first answer, the store's first one included"]
    return Comparison(title="Cold start with features that are looked up", rows=rows, notes=notes)


@contextmanager
def _serving(folder: Path, certificates: tls.Certificates, seconds: float = 0.0) -> Iterator[int]:
    """The port of a store with the items of all ways."""
    items = folder / "items.json"
    store = MemoryOnlineStore()
    _fill(store)
    items.write_text(json.dumps([[key.entity, key.item, held.body] for key, held in store.items.items()]))
    command = [sys.executable, str(_STORE), str(certificates.certificate), str(certificates.key), str(items)]
    command.append(str(seconds))
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield int(process.stdout.readline())
        finally:
            process.kill()


def _fill(store: MemoryOnlineStore) -> None:
    at = micros(_MOMENT) - 3_600_000_000
    values = dict.fromkeys(WEATHER, 12.5)
    newest = Revision(at, at, "0123456789abcdef", 1, at, None, values)
    key = ItemKey(ViewScope("weather").entity('["JFK"]'), LATEST)
    store.write(key, to_json([newest]), after=0, expires_at=None)
    tiles = Tiles(
        view="delays", tiling=Tiling.of(_windows().windows or []), keep=timedelta(days=8), store=store
    )
    for number, carrier in enumerate(_CARRIERS):
        _fly(tiles, carrier, np.random.default_rng(number))


def _fly(tiles: Tiles, carrier: str, random: np.random.Generator) -> None:
    """Eight days of flights of a carrier."""
    happened = micros(_MOMENT) - random.integers(0, 8 * 86_400_000_000, 8 * _EVENTS_A_DAY)
    rows = [
        TileRow(
            id=f"{n:016x}",
            happened=int(one),
            known=int(one),
            values=[1, round(float(random.normal(10, 30)), 1)],
            sources=[("0123456789abcdef", int(one))],
        )
        for n, one in enumerate(happened)
    ]
    tiles.merge({f'["{carrier}"]': rows}, at=_MOMENT)


def _newest() -> Lookup:
    return _lookup("weather", "origin")


def _windows() -> Lookup:
    aggregates = ("count", "sum", "mean")
    windows = [
        LookupWindow(
            name=WEATHER[number],
            aggregate=aggregates[number % 3],
            window_s=[*_DURATIONS.values()][number // 3] * 3600,
            of=None if number % 3 == 0 else "minutes",
        )
        for number in range(len(WEATHER))
    ]
    return replace(_lookup("delays", "carrier"), windows=windows)


def _lookup(view: str, key: str) -> Lookup:
    return Lookup(
        view=view,
        entity=[Column(name=key, source="input", type="category")],
        features=WEATHER,
        delay_s=0,
        ttl_s=7 * 86_400,
        timeless=False,
        on_outage="fail",
    )


def _items() -> list[str]:
    return TileReader(_windows().windows or []).items(micros(_MOMENT))


def _whole() -> dict[str, Any]:
    [instance] = instances(1)
    return {**instance, "origin": "JFK", "carrier": "UA", "departure": "2013-03-01T12:00:00Z"}


def _keys() -> dict[str, Any]:
    return _without_features(_whole())


def _without_features(instance: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in instance.items() if name not in WEATHER}


def _departs(minute: int) -> str:
    return f"{_MOMENT + timedelta(minutes=minute):%Y-%m-%dT%H:%M:%SZ}"


def _event(*instances: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "version": "2.0",
        "routeKey": "POST /models/flight_delay/predict",
        "headers": {"content-type": "application/json"},
        "body": json.dumps({"instances": instances}),
        "isBase64Encoded": False,
    }
