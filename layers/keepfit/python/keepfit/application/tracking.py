"""A run as a tracking server shows it: parameters, metrics, files, candidates and their trials."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

import msgspec

from keepfit.registry.segment_pack import SEGMENTS
from keepfit.training.runs.run import ABANDONED, ABORTED, TrainingRun
from keepfit.training.runs.run_files import (
    MODEL,
    REPORT,
    SEGMENT_RECORD,
    SIGNATURE,
    TRIALS,
    CandidateFiles,
    RunFiles,
)
from keepfit.training.search.record import SearchRecord, SearchTrial
from keepfit.training.trials.report import TrialReport

_PARENT_FILES = (".json",)
_OF_A_CANDIDATE = (REPORT, MODEL, SIGNATURE, TRIALS, SEGMENTS, SEGMENT_RECORD)


class TrackedRun(msgspec.Struct, frozen=True, kw_only=True):
    """A run as a tracking server keeps it.

    Args:
        name: what people read.
        started_at: when it began.
        ended_at: when it was over.
        failed: whether it came to no result.
        parameters: what it was made with.
        metrics: what it measured; every one is finite.
        tags: what it is found by.
        files: contents by path.
        children: the runs that it consists of.
    """

    name: str
    started_at: datetime
    ended_at: datetime
    failed: bool = False
    parameters: dict[str, str] = {}
    metrics: dict[str, float] = {}
    tags: dict[str, str] = {}
    files: dict[str, bytes] = {}
    children: list[TrackedRun] = []


class TrackingServer(Protocol):
    """Keeps runs for people to look at; nothing of keepfit reads them."""

    def keep(self, run: TrackedRun, *, experiment: str) -> None:
        """Keeps a run below the name ``experiment``, once however often it is called.

        Raises:
            ServiceUnavailable: the server cannot be reached, fails, or takes too long; part of the run may be there.
            NotFound: it does not know what it was asked, so that it is no tracking server.
        """
        ...


def tracked_run(run: TrainingRun, files: RunFiles) -> TrackedRun:
    """The tracked form of a closed run, of those documents that it came to write."""
    ended_at = run.closed_at or run.started_at
    documents = {
        name: files.store.get(key)
        for key in files.store.list(files.key(""))
        if "/" not in (name := key.removeprefix(files.key(""))) and name.endswith(_PARENT_FILES)
    }
    facts = _decoded(documents.get("training_set.json"))
    judgement = _decoded(documents.get("judgement.json"))
    chosen: dict[str, Any] = next((each for each in judgement.get("verdicts", []) if each.get("metrics")), {})
    champion = judgement.get("champion") or {}
    metrics = {
        **_numbers(chosen.get("metrics", {})),
        **_numbers({"gain": chosen.get("gain"), "champion": champion.get("metric")}),
        **_numbers({name: facts.get(name) for name in ("rows", "validation_rows", "holdout_rows")}),
    }
    return TrackedRun(
        name=run.run_id,
        started_at=run.started_at,
        ended_at=ended_at,
        failed=run.outcome in (ABANDONED, ABORTED, None),
        parameters={
            "definition": run.definition_digest,
            "code": run.code_digest,
            **{f"data.{dataset}": str(version) for dataset, version in run.data.items()},
        },
        metrics=metrics,
        tags=_tags(run, judgement),
        files=documents,
        children=[_candidate(run, files.candidate(name), name) for name in _candidates(files)],
    )


def _candidates(files: RunFiles) -> list[str]:
    folder = files.candidate("").folder
    return sorted({key.removeprefix(folder).partition("/")[0] for key in files.store.list(folder)})


def _candidate(run: TrainingRun, own: CandidateFiles, name: str) -> TrackedRun:
    report, failure, searched = own.report(), own.failure(), own.find(TRIALS)
    kept = {file: body for file in _OF_A_CANDIDATE if (body := own.find(file))}
    ended_at = run.closed_at or run.started_at
    return TrackedRun(
        name=name,
        started_at=run.started_at,
        ended_at=ended_at,
        failed=report is None,
        parameters={} if report is None else _parameters(report),
        metrics={} if report is None else _measured(report),
        tags={"keepfit.failure": f"{failure.error}: {failure.cause}"} if failure else {},
        files=kept,
        children=[] if searched is None else _trials(run, msgspec.json.decode(searched, type=SearchRecord)),
    )


def _trials(run: TrainingRun, record: SearchRecord) -> list[TrackedRun]:
    return [
        TrackedRun(
            name=f"{record.candidate}-{trial.number}",
            started_at=run.started_at,
            ended_at=run.closed_at or run.started_at,
            failed=trial.is_over,
            parameters={key: str(value) for key, value in trial.parameters.items()},
            metrics=_of_trial(trial, record.metric),
            tags={
                "keepfit.outcome": trial.outcome,
                **({"keepfit.reason": trial.reason} if trial.reason else {}),
                **({"keepfit.best": "true"} if trial.number == record.best else {}),
            },
        )
        for trial in record.trials
    ]


def _of_trial(trial: SearchTrial, metric: str) -> dict[str, float]:
    """The metric with most rows, and how many those were."""
    last = trial.measurements[-1] if trial.measurements else None
    return {} if last is None else _numbers({metric: last.value, "rows": last.rows, "share": last.share})


def _parameters(report: TrialReport) -> dict[str, str]:
    given = {"algorithm": report.algorithm, **report.parameters}
    return {key: str(value) for key, value in given.items()}


def _measured(report: TrialReport) -> dict[str, float]:
    return _numbers(
        {
            **report.metrics,
            "rows": report.rows,
            "validation_rows": report.validation_rows,
            "fit_seconds": report.fit_seconds,
            "model_bytes": report.model_bytes,
            "parity_max_difference": report.parity.max_difference,
        }
    )


def _tags(run: TrainingRun, judgement: Mapping[str, Any]) -> dict[str, str]:
    version = None if run.version is None else str(run.version)
    tags = {
        "keepfit.model": run.model,
        "keepfit.trigger": run.trigger.kind,
        "keepfit.outcome": run.outcome,
        "keepfit.reason": run.reason,
        "keepfit.version": version,
        "keepfit.winner": judgement.get("winner"),
    }
    return {name: value for name, value in tags.items() if value}


def _numbers(values: Mapping[str, Any]) -> dict[str, float]:
    return {
        name: float(value)
        for name, value in values.items()
        if isinstance(value, int | float) and math.isfinite(value)
    }


def _decoded(body: bytes | None) -> dict[str, Any]:
    return {} if body is None else msgspec.json.decode(body, type=dict[str, Any])
