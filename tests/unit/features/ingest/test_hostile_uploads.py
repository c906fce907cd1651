"""Whatever bytes are uploaded, they become data or a refusal with its reason; nothing else."""

from __future__ import annotations

import gzip
import json
import random
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from keepfit.adapters.memory.features import MemoryDatasets, MemoryEvents, MemoryIntake, MemoryLake
from keepfit.features.ingest.ingest import Ingest
from keepfit.sandbox import Killed, run_confined
from tests.unit.features.support import read_mutations
from tests.unit.features.support.hostile_parquet import column, footer, mutated
from tests.unit.features.support.uploads import FLIGHTS, GOOD, HEADER, parquet

ROWS = (
    "SELECT TIMESTAMP '2013-01-01' + to_minutes(i::BIGINT) AS moment, 'C' || i % 7 AS carrier, "
    "(i * 1.5)::DOUBLE AS distance, i % 300 + 1 AS seats, i % 2 = 0 AS late FROM range(400) t(i)"
)
RECORD = {"moment": "2013-01-01T05:00:00Z", "carrier": "UA", "distance": 1400.5, "seats": 180, "late": True}
CSV = f"{HEADER}\n{GOOD}\n".encode() + b'2013-01-01,"a ""b""\nc",1e3,7,no\n' * 20
JSONL = (
    json.dumps(RECORD).encode() + b"\n" + json.dumps({**RECORD, "gate": [1, {"x": "\u00e9"}]}).encode() * 3
)
# What breaks readers of text: quotes, ends, other encodings, numbers and nesting without end.
SPLINTERS = (
    b'"', b"\r", b"\0", b"\xff\xfe", b"\xed\xa0\x80", b"\\ud800", b"{", b"[" * 2000, b'{"a":' * 900, b"," * 70,
    b"9" * 5000, b"-1e99999", b"0x", b"nan", b"\n\n", b'"' * 501, b"\xef\xbb\xbf", b"x" * 140_000, b"9999-99-99",
)  # fmt: skip


class Site:
    """A dataset to upload to."""

    def __init__(self) -> None:
        self.intake, self.records = MemoryIntake(), MemoryDatasets()
        self.ingest = Ingest(
            dataset="flights",
            definition=FLIGHTS,
            intake=self.intake,
            lake=MemoryLake(),
            records=self.records,
            events=MemoryEvents(),
            clock=lambda: datetime(2013, 2, 1, tzinfo=UTC),
        )

    def upload(self, key: str, body: bytes) -> str:
        """What became of it; a refusal is on record, under its reason."""
        taken = self.ingest.take(key, self.intake.put(key, body))
        recorded = [
            found.reason for found in self.records.refusals("flights", 1000) if found.source.key == key
        ]
        assert recorded == ([taken.reason] if taken.outcome == "refused" else [])
        assert len(taken.reason or "") <= 1000
        return taken.outcome


def splintered(body: bytes, chance: random.Random) -> bytes:
    """A text with a few wrong bytes."""
    made = bytearray(body)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(made))
        match chance.randrange(4):
            case 0:
                made[at] = chance.randrange(256)
            case 1:
                made[at:at] = chance.choice(SPLINTERS)
            case 2:
                del made[at : at + chance.randint(1, 60)]
            case _:
                made[at:at] = made[at : at + 200]
        made = made or bytearray(b"\n")
    return bytes(made)


@pytest.mark.parametrize("body", [CSV, JSONL], ids=["csv", "jsonl"])
def test_any_text_is_taken_or_refused(body: bytes, request: pytest.FixtureRequest) -> None:
    site, chance, name = Site(), random.Random(0), request.node.callspec.id
    found = Counter(site.upload(f"flights/{number}.{name}", splintered(body, chance)) for number in range(50))
    assert set(found) == {"taken", "refused"}


def test_any_packed_text_is_taken_or_refused() -> None:
    site, chance, packed = Site(), random.Random(0), gzip.compress(CSV, mtime=0)
    found = Counter(
        site.upload(f"flights/{number}.csv.gz", splintered(packed, chance)) for number in range(100)
    )
    assert found["refused"] > 60


def test_any_parquet_file_is_taken_or_refused_in_time(tmp_path: Path) -> None:
    (tmp_path / "seed.parquet").write_bytes(parquet(ROWS))
    outcomes = tmp_path / "outcomes"
    while (
        len(lines := outcomes.read_text().splitlines() if outcomes.exists() else [])
        < read_mutations.MUTATIONS
    ):
        try:
            run_confined(read_mutations.__name__, tmp_path, seconds=120)
        except Killed as error:  # what the function makes a refusal of
            with outcomes.open("a") as file:
                file.write(f"refused 0 {error}\n")
    assert {line.split()[0] for line in lines} == {"taken", "refused"}
    # A reader that hangs is ended; on a busy machine an honest one takes seconds.
    assert max(float(line.split()[1]) for line in lines) < 100


def test_a_mutated_parquet_file_leaves_its_reason_on_record() -> None:
    site, body = Site(), parquet(ROWS)
    found = {site.upload(f"flights/{seed}.parquet", mutated(body, seed)) for seed in range(10, 20)}
    assert found == {"taken", "refused"}


def test_a_reason_that_quotes_a_megabyte_is_cut() -> None:
    assert Site().upload("flights/a.parquet", footer([column("y" * 2**20)])) == "refused"
