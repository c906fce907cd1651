"""Documents of a run as its steps would have written them."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from keepfit.evaluation.results import LabelSummary
from keepfit.instants import from_iso
from keepfit.training.judging.judgement import Judgement
from keepfit.training.runs.admission import run_document
from keepfit.training.runs.run import TrainingRun
from keepfit.training.runs.triggers import Trigger
from keepfit.training.training_set import Cut, Span, describe
from tests.functions.small_run import RUN_ID

_AT = datetime(2013, 1, 1, tzinfo=UTC)


def admitted_run(data: dict[str, int]) -> bytes:
    """run.json of a run that reads these versions."""
    run = TrainingRun(
        run_id=RUN_ID,
        model="delay",
        execution_arn="arn",
        started_at=_AT,
        trigger=Trigger(kind="upload", id="event", at=_AT, detail={}),
        data=data,
        definition_digest="def1",
        code_digest="c0de",
    )
    return run_document(run)


def training_set(split_at: str = "2013-01-01T00:00:00Z") -> bytes:
    """training_set.json of a run that was cut there."""
    part, labels = (
        Span(rows=500, first_event=_AT, last_event=_AT),
        LabelSummary(classes={"false": 250, "true": 250}),
    )
    cut = Cut(at=from_iso(split_at), available=1000, waiting=0, lateness_s=0.0)
    parts = dict.fromkeys(("train", "validation", "holdout"), part)
    return msgspec.json.encode(describe(parts, cut, {}, split="time", labels=(labels, labels)))


def judgement(winner: str | None, reason: str = "it is the best") -> bytes:
    """judgement.json that says so."""
    said = Judgement(winner=winner, reason=reason, metric="roc_auc", rows=500, evaluations=[], champion=None)
    return msgspec.json.encode(said)
