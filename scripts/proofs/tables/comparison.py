"""Compares a released model with its peer on the rows that its run trained and judged on."""

from __future__ import annotations

import io
import tempfile
from typing import Any, NamedTuple

import duckdb
import msgspec
import numpy as np
import numpy.typing as npt
import pandas as pd

from cli.places.deployment import Deployment
from keepfit.features.schema.signature import Signature, from_json
from keepfit.features.schema.types.base import type_of
from keepfit.layout import ModelScope
from keepfit.training.runs.run_files import ROWS, SCORES, SIGNATURE, RunFiles
from proofs.tables.metrics import METRICS, Metric, Outputs
from proofs.tables.peers import Columns, peer_outputs
from proofs.tables.sources import Source

_RESAMPLES = 200


class Answered(NamedTuple):
    """What was answered, and the classes in the order of its columns."""

    outputs: Outputs
    classes: list[Any]


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """Both on the same holdout; ``advantage`` is below 0 where keepfit is worse.

    ``at_best`` is the upper end of its 95 % interval over paired resamples of rows: above 0 it may be chance.
    ``flipped`` and ``difference`` are how the exported model differs from the trained one, over parity's rows.
    """

    rows: int
    holdout_rows: int
    algorithm: str
    metric: str
    keepfit: float
    scikit_learn: float
    advantage: float
    at_best: float
    flipped: int
    difference: float


def compare(deployment: Deployment, source: Source, run_id: str) -> Compared:
    """Fits the peer on the rows of a run, and measures what both answer for its holdout."""
    files = RunFiles(deployment.artifacts, ModelScope(source.name).run(run_id))
    judgement, signature = files.judgement(), from_json(files.get(SIGNATURE))
    winner = files.candidate(judgement.winner or "")
    report = winner.report()
    if report is None:
        raise LookupError(f"the run {run_id} of {source.name} has no winner: {judgement.reason}")
    # The rows that train hold those by which candidates are chosen, as the peer's folds do.
    train, holdout = (_rows(files, part) for part in ("train", "holdout"))
    labels, truth = _labels(train, source), _labels(holdout, source)
    outputs = np.load(io.BytesIO(winner.get(SCORES)), allow_pickle=False).astype(np.float64)
    peers, classes = peer_outputs(train, labels, holdout, _columns(signature, source), source.answers)
    metric = METRICS[judgement.metric]
    own = Answered(_shaped(outputs, source), _classes(signature, classes))
    peer = Answered(peers, classes)
    ours, theirs = (metric.measure(truth, *answered) for answered in (own, peer))
    return Compared(
        rows=len(train) + len(holdout),
        holdout_rows=len(holdout),
        algorithm=report.algorithm,
        metric=judgement.metric,
        keepfit=ours,
        scikit_learn=theirs,
        advantage=metric.advantage(ours, theirs),
        at_best=_at_best(metric, truth, own, peer),
        flipped=report.parity.flipped_labels,
        difference=report.parity.max_difference,
    )


def _at_best(metric: Metric, truth: npt.NDArray[Any], own: Answered, peer: Answered) -> float:
    """The upper end of the advantage's interval; resamples without one of the classes say nothing."""
    draw, advantages = np.random.default_rng(0), []
    for _ in range(_RESAMPLES):
        rows = draw.integers(0, len(truth), len(truth))
        if np.issubdtype(truth.dtype, np.floating) or len(np.unique(truth[rows])) == len(np.unique(truth)):
            both = (metric.measure(truth[rows], each.outputs[rows], each.classes) for each in (own, peer))
            advantages.append(metric.advantage(*both))
    return float(np.quantile(advantages, 0.975)) if advantages else float("nan")


def _rows(files: RunFiles, part: str) -> pd.DataFrame:
    with tempfile.NamedTemporaryFile(suffix=".parquet") as copy, duckdb.connect() as connection:
        copy.write(files.rows.get(ROWS.format(part=part)))
        copy.flush()
        return connection.execute("SELECT * FROM read_parquet(?)", [copy.name]).df()


def _labels(rows: pd.DataFrame, source: Source) -> npt.NDArray[Any]:
    return rows["_label"].to_numpy().astype(source.answers.labels)


def _columns(signature: Signature, source: Source) -> Columns:
    names: dict[str, list[str]] = {"number": [], "code": [], "text": [], "calendar": []}
    for column in signature.model_columns:
        names[type_of(column.type).encoding or "text"].append(column.name)
    return Columns(
        numbers=names["number"],
        categories=names["code"],
        texts=names["text"] if source.text else [],
        times=names["calendar"],
    )


def _shaped(outputs: Outputs, source: Source) -> Outputs:
    """P(true) alone as the probabilities of false and true; everything else as it is."""
    return (
        np.column_stack([1 - outputs, outputs])
        if outputs.ndim == 1 and not source.answers.amounts
        else outputs
    )


def _classes(signature: Signature, classes: list[Any]) -> list[Any]:
    own = getattr(signature.task, "classes", None)
    return [str(name) for name in own] if own else classes
