"""The view of a deployment's status: all models and datasets."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import msgspec

from keepfit.layout import ModelScope
from keepfit.monitoring.metrics import DECAY, ESTIMATED_DECAY
from keepfit.monitoring.ports import AlarmState
from keepfit.registry.gain import LaterGain
from keepfit.registry.ledger import gains, moves
from keepfit.training.runs.incidents import Incident, open_incidents
from keepfit.training.runs.run import TrainingRun
from keepfit.training.runs.run_files import JUDGEMENT, TRAINING_SET, RunFiles
from keepfit.training.runs.triggers import Kind
from keepfit.views.approvals import ApprovalView, waiting
from keepfit.views.datasets import DatasetSummary, read_dataset
from keepfit.views.drift import Drift, read_drift
from keepfit.views.quarantine import HeldUpload, held_uploads
from keepfit.views.serving import Canary, read_serving
from keepfit.views.stores import DatasetStores, ModelStores

# An upload may wait for a day; so many other triggers are seldom refused meanwhile.
_MAX_SUPPRESSIONS = 50


class RunSummary(msgspec.Struct, frozen=True, kw_only=True):
    """A run in a few words; ``outcome`` is None while it is under way.

    ``left_out`` counts the rows that neither trained nor judged, by reason; empty before a run has looked. ``soft`` is
    why the figures of its judgement prove little, if so.
    """

    run_id: str
    started_at: datetime
    trigger: Kind
    under_way: bool
    outcome: str | None
    version: int | None
    left_out: dict[str, int] = {}
    soft: str | None = None


class _TrainingSet(msgspec.Struct):
    """What is read of training_set.json."""

    left_out: dict[str, int] = {}


class _Judgement(msgspec.Struct):
    """What is read of judgement.json."""

    soft: str | None = None


class ReportSummary(msgspec.Struct, frozen=True, kw_only=True):
    """A run of the monitor, summarized; ``worst_drift`` is None where no input could be judged."""

    ran_at: datetime
    worst_drift: float | None
    worst_input: str | None
    drifted: list[str]
    threshold: float
    nothing_compared: str | None


class ModelStatus(msgspec.Struct, frozen=True, kw_only=True):
    """The status of a model: what serves, what is in training, what drifts.

    ``champion_segments`` is how many segments have a model of their own. ``upload_waits_until`` is when the first
    upload that came too early asks again, None where none waits. ``alarms`` are the states of ``drift`` and
    ``heartbeat``, and of those on decay that have one; ``incidents`` are open. ``to_be_approved`` is the release that
    waits for a person, if one does. ``gain`` is what the champion did better
    than the version before it, on outcomes that came later; None until that is measured.
    """

    model: str
    predict_url: str
    champion: int | None
    champion_since: datetime | None
    champion_segments: int = 0
    canary: Canary | None
    last_run: RunSummary | None
    to_be_approved: ApprovalView | None = None
    upload_waits_until: datetime | None
    last_report: ReportSummary | None
    alarms: dict[str, AlarmState]
    incidents: list[Incident] = []
    gain: LaterGain | None = None


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """The status of a whole deployment; ``held_uploads`` wait for a person."""

    api_url: str
    models: list[ModelStatus]
    datasets: list[DatasetSummary]
    held_uploads: list[HeldUpload] = []


def read_status(
    models: Iterable[ModelStores], datasets: Iterable[DatasetStores], *, api_url: str, at: datetime
) -> Status:
    """Reads the status at the instant ``at``; ``api_url`` is the base URL of the prediction API."""
    read = list(datasets)
    return Status(
        api_url=api_url,
        models=[_model(stores, api_url, at) for stores in models],
        datasets=[read_dataset(stores) for stores in read],
        held_uploads=[held for stores in read for held in held_uploads(stores)],
    )


def _model(stores: ModelStores, api_url: str, at: datetime) -> ModelStatus:
    now, scope = read_serving(stores), ModelScope(stores.model)
    runs, report = stores.runs.newest(1), read_drift(stores)
    return ModelStatus(
        model=stores.model,
        predict_url=f"{api_url}{scope.path}",
        champion=now.version,
        champion_since=_since(stores, now.version),
        champion_segments=0 if now.version is None else stores.versions.get(now.version).segments,
        canary=now.canary,
        last_run=_run(runs[0], stores) if runs else None,
        to_be_approved=waiting(stores, at=at),
        upload_waits_until=_waits_until(stores, at),
        last_report=_report(report) if report else None,
        alarms=_alarms(stores, scope),
        incidents=open_incidents(stores.runs.admission().incidents),
        gain=next((each for each in gains(stores.ledger.entries()) if each.version == now.version), None),
    )


def _since(stores: ModelStores, champion: int | None) -> datetime | None:
    if champion is None:
        return None
    moved = reversed(moves(stores.ledger.entries()))
    return next((entry.at for entry in moved if (entry.version, entry.weight) == (champion, 1)), None)


def _run(run: TrainingRun, stores: ModelStores) -> RunSummary:
    files = RunFiles(stores.artifacts, run.folder)
    facts, judgement = files.find(TRAINING_SET), files.find(JUDGEMENT)
    return RunSummary(
        run_id=run.run_id,
        started_at=run.started_at,
        trigger=run.trigger.kind,
        under_way=run.closed_at is None,
        outcome=run.outcome,
        version=run.version,
        left_out=msgspec.json.decode(facts, type=_TrainingSet).left_out if facts else {},
        soft=msgspec.json.decode(judgement, type=_Judgement).soft if judgement else None,
    )


def _waits_until(stores: ModelStores, at: datetime) -> datetime | None:
    suppressions = stores.runs.newest_suppressions(_MAX_SUPPRESSIONS)
    waits = (each.ask_again_at for each in suppressions if each.ask_again_at and each.ask_again_at > at)
    return min(waits, default=None)


def _report(report: Drift) -> ReportSummary:
    return ReportSummary(
        ran_at=report.ran_at,
        worst_drift=report.worst_drift,
        worst_input=report.worst_input,
        drifted=report.drifted,
        threshold=report.threshold,
        nothing_compared=report.nothing_compared,
    )


def _alarms(stores: ModelStores, scope: ModelScope) -> dict[str, AlarmState]:
    """The states of the alarms that every model has, and of those on decay that have one."""
    names = {"drift": scope.drift_alarm, "heartbeat": scope.heartbeat_alarm}
    decay = {metric: scope.decay_alarm(metric) for metric in (DECAY, ESTIMATED_DECAY)}
    states = stores.alarms.states([*names.values(), *decay.values()])
    known = {metric: name for metric, name in decay.items() if states[name] != "INSUFFICIENT_DATA"}
    return {what: states[name] for what, name in {**names, **known}.items()}
