"""Proves that 300 segments become one release within minutes, better than one model of all rows."""

from __future__ import annotations

import csv
import json
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from cli.exits import CommandError
from cli.places.deployment import Deployment
from keepfit.application.arrays import from_npy
from keepfit.application.holdout import read_holdout
from keepfit.evaluation.metrics.roc_auc import roc_auc
from keepfit.layout import ModelScope
from keepfit.registry.segment_pack import SEGMENTS, SegmentPack
from keepfit.registry.versions import read_model
from keepfit.serving.inference.scorer import Scorer
from keepfit.serving.requests.predictor import Predictor
from keepfit.training.runs.run_files import HOLDOUT, MODEL, SCORES, SEGMENT_RECORD, SIGNATURE, RunFiles
from keepfit.training.segments.record import SegmentsRecord
from keepfit.training.segments_definition import SEGMENTED
from proofs.proof import Claim, Proof, Tell, at_least, at_most
from proofs.tables.unattended import Stuck, Unattended

NAME = "segments"
MODEL_NAME = "sale"
_STORES, _ROWS, _TINY, _TINY_ROWS = 300, 320, 60, 15
_COLUMNS = 5
_LEAST_OWN = 250
_MAX_SECONDS = 600
_MAX_SLOWER = 1.25
_REQUESTS, _ROUNDS = 50, 400
_BEGIN = datetime(2025, 1, 1, tzinfo=UTC)
_DEFINITION = f"""
[dataset.sales]
event_time = "at"
[dataset.sales.fields]
at = {{ type = "timestamp" }}
store = {{ type = "category" }}
{"".join(f'x{number} = {{ type = "float" }}{chr(10)}' for number in range(_COLUMNS))}
sold = {{ type = "bool", nullable = true }}

[model.{MODEL_NAME}]
dataset = "sales"
label = "sold"
inputs = ["store", {", ".join(f'"x{number}"' for number in range(_COLUMNS))}]
segment_by = "store"
segments = {{ minimum_rows = 200, tasks = 2 }}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What came of the run.

    ``microseconds`` are of CPU for a single request of one store, by the version with segments and by the store's model
    alone; ``mixed_microseconds`` for those of all stores in turn, by that version and by its fallback alone.
    """

    seconds: float
    record: SegmentsRecord
    segmented: float
    single: float
    unseen_alike: bool
    microseconds: tuple[float, float]
    mixed_microseconds: tuple[float, float]
    winner: str | None
    pack_bytes: int


def prove(tell: Tell) -> Proof:
    """Uploads sales of which each store follows rules of its own; stops the clock at the release."""
    with tempfile.TemporaryDirectory(prefix="keepfit-segments-") as name:
        unattended = Unattended(Path(name))
        try:
            unattended.define(MODEL_NAME, _DEFINITION)
            rows = write_sales(unattended.tables / "sales.csv")
            tell(f"{rows:,} sales of {_STORES} stores, and of {_TINY} tiny ones, become one release")
            begun = time.monotonic()
            try:
                run_id = unattended.train_file(MODEL_NAME, unattended.tables / "sales.csv")
            except Stuck as error:
                return Proof(
                    name=NAME,
                    claims=[Claim(promise="it is released", found=str(error), holds=False)],
                    figures={},
                )
            seconds = time.monotonic() - begun
            tell("asking both on the holdout")
            return _summarized(_measured(unattended.deployment(), run_id, seconds), rows)
        finally:
            unattended.down()


def write_sales(path: Path, stores: int = _STORES, rows: int = _ROWS) -> int:
    """Writes sales in the order of time, by weights of each store's own, and returns how many."""
    random = np.random.default_rng(11)
    names = [f"store {number:03}" for number in range(stores)] * rows
    names += [f"tiny {number:02}" for number in range(_TINY)] * _TINY_ROWS
    order = random.permutation(len(names))
    kinds = {name: random.normal(0, 1.5, _COLUMNS) for name in sorted(set(names))}
    values = random.normal(0, 1, (len(names), _COLUMNS))
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["at", "store", *(f"x{number}" for number in range(_COLUMNS)), "sold"])
        for place, row in enumerate(order.tolist()):
            chance = 1 / (1 + np.exp(-float(values[row] @ kinds[names[row]])))
            at = _BEGIN + timedelta(minutes=5 * place)
            told = [f"{value:.5f}" for value in values[row].tolist()]
            writer.writerow([at.isoformat(), names[row], *told, str(bool(random.random() < chance)).lower()])
    return len(names)


def _measured(deployment: Deployment, run_id: str, seconds: float) -> Measured:
    files = RunFiles(deployment.artifacts, ModelScope(MODEL_NAME).run(run_id))
    record = msgspec.json.decode(files.candidate(SEGMENTED).get(SEGMENT_RECORD), type=SegmentsRecord)
    holdout = read_holdout(files.rows.get(HOLDOUT))
    labels = np.array([row.label for row in holdout], dtype=np.bool_)
    version = deployment.serving(MODEL_NAME)
    kept = read_model(deployment.artifacts, deployment.versions(MODEL_NAME).get(version.version))
    if SEGMENTS not in kept:
        raise CommandError(f"no segment has a model of its own in what serves: {files.judgement().reason}")
    whole = Scorer.load(kept[MODEL], kept[SIGNATURE], kept[SEGMENTS])
    fallback = Scorer.load(kept[MODEL], kept[SIGNATURE])
    instance = {**json.loads(bytes(holdout[0].instance)), "store": "a store that opened today"}
    body = json.dumps({"instances": [instance]})
    both = [each.score(each.decode(body)).tolist() for each in (whole, fallback)]
    asked = [json.loads(bytes(row.instance)) for row in holdout[:_REQUESTS]]
    pack = SegmentPack(kept[SEGMENTS])
    store = min(pack.sizes)
    one_store = [{**each, "store": store} for each in asked]
    return Measured(
        seconds=seconds,
        record=record,
        segmented=_auc(files, SEGMENTED, labels),
        single=_auc(files, record.fallback, labels),
        unseen_alike=both[0] == both[1],
        microseconds=_cost(whole, Scorer.load(pack.read(store), kept[SIGNATURE]), one_store),
        mixed_microseconds=_cost(whole, fallback, asked),
        winner=files.judgement().winner,
        pack_bytes=len(kept[SEGMENTS]),
    )


def _auc(files: RunFiles, candidate: str, labels: npt.NDArray[np.bool_]) -> float:
    return roc_auc(labels, np.asarray(from_npy(files.candidate(candidate).get(SCORES)), dtype=np.float64))


def _cost(one: Scorer, other: Scorer, instances: list[dict[str, Any]]) -> tuple[float, float]:
    """Microseconds of CPU of a single request by each, the least of several rounds in turn."""
    predictors = [Predictor(scorer=each, model=MODEL_NAME, version=1, log=len) for each in (one, other)]
    events = [{"body": json.dumps({"instances": [instance]})} for instance in instances]
    least = [float("inf"), float("inf")]
    for _ in range(_ROUNDS):
        for place, predictor in enumerate(predictors):
            begun = time.process_time()
            for event in events:
                predictor.answer(event)
            least[place] = min(least[place], (time.process_time() - begun) / len(events) * 1e6)
    return least[0], least[1]


def _summarized(measured: Measured, rows: int) -> Proof:
    summary = measured.record.summary()
    slower = measured.microseconds[0] / measured.microseconds[1]
    figures: dict[str, Any] = {
        "rows": rows,
        "seconds": round(measured.seconds, 1),
        "segments_with_own_model": summary.own,
        "planned": summary.planned,
        "small": summary.small,
        "by_candidate": summary.candidates,
        "fallback": summary.fallback,
        "pack_megabytes": round(measured.pack_bytes / 1e6, 2),
        "roc_auc_segmented": round(measured.segmented, 4),
        "roc_auc_single": round(measured.single, 4),
        "request_microseconds": round(measured.microseconds[0], 2),
        "by_the_store_alone": round(measured.microseconds[1], 2),
        "of_all_stores": round(measured.mixed_microseconds[0], 2),
        "by_the_fallback_alone": round(measured.mixed_microseconds[1], 2),
    }
    return Proof(
        name=NAME,
        claims=[
            at_most("seconds from the file to the release", measured.seconds, _MAX_SECONDS),
            at_least("segments with a model of their own", summary.own, _LEAST_OWN),
            Claim(
                promise="they are released as one version",
                found=f"{measured.winner} won",
                holds=measured.winner == SEGMENTED,
            ),
            Claim(
                promise="ROC AUC on the holdout: better than the best single model",
                found=f"{measured.segmented:.4f} beside {measured.single:.4f}",
                holds=measured.segmented > measured.single,
            ),
            Claim(
                promise="the fallback answers a value that no row had",
                found="the same answer" if measured.unseen_alike else "another answer",
                holds=measured.unseen_alike,
            ),
            at_most("times as much CPU of a request as by the store's model alone", slower, _MAX_SLOWER),
        ],
        figures=figures,
        details=[figures],
    )
