"""`keepfit status`: all models and datasets of a place at a glance."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

import msgspec

from cli.framework.command import at_place
from cli.output import Shown
from cli.places.code_storage import code_storage
from cli.places.deployment import Deployment
from cli.places.orphans import undefined_stacks, unused_layers
from cli.rendering.dataset_tables import datasets_table
from cli.rendering.tables import ago, table
from keepfit.instants import now
from keepfit.training.runs.run import LEFT_TO_PERSON
from keepfit.training.training_set import TOO_OLD
from keepfit.views.quarantine import HeldUpload
from keepfit.views.status import ModelStatus, RunSummary, read_status

_MODELS = ["model", "champion", "since", "canary", "last run", "worst drift", "drift alarm", "monitor"]
_DATASETS = ["dataset", "version", "rows", "last_event", "last_change"]
_MONITOR_WORDS = {"OK": "heard", "ALARM": "silent"}


@at_place
def status(deployment: Deployment) -> Shown:
    """What serves, what is being trained, what drifts, and how much data there is."""
    status = read_status(
        map(deployment.stores, deployment.models),
        map(deployment.dataset_stores, deployment.dataset_names),
        api_url=deployment.api_url,
        at=now(),
    )
    orphans, hints = undefined_stacks(deployment)
    layers, unused = unused_layers(deployment)
    storage, warnings = code_storage(deployment)
    return Shown(
        document={
            "place": deployment.place.name,
            **msgspec.structs.asdict(status),
            "undefined_stacks": orphans,
            "unused_layers": layers,
            "code_storage": storage,
        },
        hints=(
            *hints,
            *unused,
            *warnings,
            *_soft(status.models),
            *_gains(status.models),
            *_told(status.models),
            *_to_be_approved(status.models),
            *_held(status.held_uploads),
        ),
        parts=(
            table(f"Models at {deployment.place.name}", _MODELS, map(_row, status.models)),
            datasets_table(status.datasets, _DATASETS),
        ),
    )


def _soft(models: Iterable[ModelStatus]) -> Iterator[str]:
    """The last runs whose figures prove little."""
    for model in models:
        if model.last_run and model.last_run.soft:
            yield f"{model.model}: {model.last_run.soft}"


def _to_be_approved(models: Iterable[ModelStatus]) -> Iterator[str]:
    """The releases that wait for a person."""
    for model in models:
        if model.to_be_approved:
            waits = model.to_be_approved
            yield (
                f"{model.model}: version {waits.version} waits to be approved until {waits.expires_at:%Y-%m-%d %H:%M} "
                f"UTC: keepfit approvals {model.model}"
            )


def _gains(models: Iterable[ModelStatus]) -> Iterator[str]:
    """What champions were found to have gained, once outcomes were known."""
    for model in models:
        if model.gain is not None:
            yield f"{model.model}, version {model.gain.version}: {model.gain.in_words()}"


def _told(models: Iterable[ModelStatus]) -> Iterator[str]:
    """The incidents that are open, and what a person may do."""
    for model in models:
        for incident in model.incidents:
            yield (
                f"{model.model}: {incident.kind} since {incident.opened_at:%Y-%m-%d %H:%M} UTC, by {incident.cause}: "
                f"{incident.reason}\nMend the cause, and try again: keepfit incidents close {model.model} --why …"
            )


def _held(uploads: Iterable[HeldUpload]) -> Iterator[str]:
    """What waits for a person, and what the person may do."""
    for upload in uploads:
        yield (
            f"{upload.dataset}: {upload.key} waits for a person since {upload.at:%Y-%m-%d %H:%M} UTC: {upload.reason}\n"
            f"Take it or leave it: keepfit quarantine release {upload.dataset} {upload.key} --why …, or discard"
        )


def _row(model: ModelStatus) -> list[Any]:
    canary, run, report = model.canary, model.last_run, model.last_report
    judged = report is not None and report.worst_input is not None
    return [
        model.model,
        _champion(model),
        model.champion_since,
        f"version {canary.version} at {canary.weight:.0%}" if canary else None,
        _last_run(model.model, run, model.upload_waits_until) if run else None,
        f"{report.worst_drift:.3f} in {report.worst_input}" if report and judged else None,
        _alarm(model),
        _MONITOR_WORDS.get(model.alarms["heartbeat"]),
    ]


def _alarm(model: ModelStatus) -> str:
    """The state of the drift alarm; where one on decay sounds, which do."""
    sounding = [what for what, state in model.alarms.items() if state == "ALARM" and what != "heartbeat"]
    if sounding in ([], ["drift"]):
        return model.alarms["drift"]
    return f"ALARM: {', '.join(sounding).replace('_', ' ')}"


def _champion(model: ModelStatus) -> str:
    if model.champion is None:
        return "not released yet"
    segments = f", {model.champion_segments:,} segments" if model.champion_segments else ""
    return f"version {model.champion}{segments}"


def _last_run(model: str, run: RunSummary, waits_until: datetime | None) -> str:
    last = f"{run.outcome or 'under way'}, {ago(run.started_at)}"
    if run.outcome == LEFT_TO_PERSON:
        last += f"; keepfit release {model} {run.version}"
    if TOO_OLD in run.left_out:
        last += f"; {run.left_out[TOO_OLD]:,} rows were {TOO_OLD}"
    return f"{last}; an upload waits until {waits_until:%H:%M} UTC" if waits_until else last
