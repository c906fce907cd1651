"""The proof of segments: what it uploads has rules of each store's own, and a claim that fails shows."""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import replace
from pathlib import Path

from keepfit.definitions import compiling
from keepfit.training.segments.record import SegmentRecord, SegmentsRecord
from proofs import segments
from proofs.segments import Measured

RECORD = SegmentsRecord(
    by="store",
    fallback="lightgbm",
    loss="log_loss",
    small=60,
    small_rows=900,
    segments=[SegmentRecord(value=f"{number}", rows=256, candidate="logistic") for number in range(300)],
)
MEASURED = Measured(
    seconds=400.0,
    record=RECORD,
    segmented=0.9,
    single=0.7,
    unseen_alike=True,
    microseconds=(9.0, 8.5),
    mixed_microseconds=(12.0, 8.5),
    winner="segmented",
    pack_bytes=300_000,
)


def test_stores_have_rules_of_their_own_and_the_definition_is_one_that_checks(tmp_path: Path) -> None:
    rows = segments.write_sales(tmp_path / "sales.csv", stores=3, rows=200)
    with (tmp_path / "sales.csv").open() as file:
        sales = list(csv.DictReader(file))
    assert len(sales) == rows
    assert Counter(row["store"] for row in sales)["store 001"] == 200
    sold = {
        store: [float(row["x0"]) for row in sales if row["store"] == store and row["sold"] == "true"]
        for store in ("store 000", "store 001", "store 002")
    }
    means = [sum(values) / len(values) for values in sold.values()]
    assert max(means) - min(means) > 0.2
    (tmp_path / "sale.toml").write_text(segments._DEFINITION)
    assert compiling.compile_all(tmp_path).models["sale"].definition.segment_by == "store"


def test_every_promise_is_one_that_can_fail() -> None:
    assert segments._summarized(MEASURED, 96_900).holds
    for worse in (
        replace(MEASURED, seconds=601.0),
        replace(MEASURED, segmented=0.7),
        replace(MEASURED, unseen_alike=False),
        replace(MEASURED, winner="lightgbm"),
        replace(MEASURED, microseconds=(20.0, 8.5)),
        replace(
            MEASURED,
            record=SegmentsRecord(by="s", fallback="f", loss="l", small=0, small_rows=0, segments=[]),
        ),
    ):
        assert not segments._summarized(worse, 96_900).holds
