"""Materialised features equal those of training at the same instant, whatever order data came and went in."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from keepfit.instants import from_iso
from tests.unit.features.support.online import NOW, STATIONS, Online, rows, view

_VIEWS: dict[str, dict[str, Any]] = {
    "plain": {},
    "keyed": {"key": True},
    "delayed": {"delay": "30m", "ttl": "20d"},
    "keyed and delayed": {"key": True, "delay": "20m"},
    "timeless": {"timeless": True},
}


@pytest.mark.parametrize(("kind", "seed"), [*((kind, 0) for kind in _VIEWS), ("delayed", 1)])
def test_requests_get_what_training_joins(tmp_path: Path, kind: str, seed: int) -> None:
    source = random.Random(f"{kind} {seed}")
    online = Online(view(**_VIEWS[kind]))
    crowded, uploads = seed == 0, []
    for number in range(4):
        uploads.append(rows(source, 50, crowded=crowded))
        if online.view.dataset.key:
            uploads[-1] = uploads[-1].replace(b"\n,", b"\nnorth,")
        online.place.upload(f"flights/{number}.csv", uploads[-1])
        if source.random() < 0.6:
            online.materialize()
        if number == 1:
            online.place.withdraw(source.choice(uploads))
    online.materialize()
    moments, values = _moments(source, uploads), 0
    for features in (["rain", "sky", "seen"], ["sky", "rain"], ["seen"]):
        trained = online.trained_on(moments, tmp_path, features)
        served = [online.served(station, moment, features) for station, moment in moments]
        assert served == trained
        values += sum(value is not None for row in trained for value in row)
    assert values > 10


def _moments(source: random.Random, uploads: list[bytes]) -> list[tuple[str, datetime]]:
    """Those that may still be asked for: from shortly before the newest that was ever known."""
    cells = [line.split(b",") for upload in uploads for line in upload.splitlines()[1:]]
    newest = max(from_iso(max(happened, known).decode()) for _, _, happened, known, *_ in cells)
    spread = [timedelta(minutes=source.randrange(200), seconds=source.randrange(60)) for _ in range(40)]
    moments = [
        (source.choice([*STATIONS, "nowhere"]), newest - timedelta(minutes=9) + later) for later in spread
    ]
    return [*moments, ("north", NOW)]
