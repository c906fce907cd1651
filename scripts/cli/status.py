"""`keepfit status`: all models and datasets of a place at a glance."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from cli.code_storage import code_storage
from cli.command import at_place
from cli.data import datasets_table, describe
from cli.orphans import undefined_stacks, unused_layers
from cli.output import Shown
from cli.site import Site
from cli.tables import ago, table
from keepfit.instants import now
from keepfit.monitoring.reports.report import MonitoringReport
from keepfit.training.runs.run import LEFT_TO_PERSON, TrainingRun

_MODELS = ["model", "champion", "since", "canary", "last run", "worst drift", "drift alarm", "monitor"]
_DATASETS = ["dataset", "version", "rows", "last_event"]
_HEARD = {"OK": "heard", "ALARM": "silent"}
# An upload may wait for a day; so many other triggers are seldom refused meanwhile.
_LOOKED_AT = 50


@at_place
def status(site: Site) -> Shown:
    """What serves, what is being trained, what drifts, and how much data there is."""
    models = [_model(site, name) for name in site.models]
    datasets = [describe(site, name) for name in site.dataset_names]
    orphans, hints = undefined_stacks(site)
    layers, unused = unused_layers(site)
    storage, told = code_storage(site)
    return Shown(
        document={
            "place": site.place.name,
            "api_url": site.api_url,
            "models": models,
            "datasets": datasets,
            "undefined_stacks": orphans,
            "unused_layers": layers,
            "code_storage": storage,
        },
        hints=(*hints, *unused, *told),
        parts=(
            table(f"Models at {site.place.name}", _MODELS, map(_row, models)),
            datasets_table(datasets, _DATASETS),
        ),
    )


def _model(site: Site, model: str) -> dict[str, Any]:
    champion, (canary, weight) = site.champion(model), site.canary(model)
    since = [
        e.at
        for e in site.ledger(model).entries()
        if champion and (e.version, e.weight) == (champion.version, 1)
    ]
    runs = site.runs(model).newest(1)
    return {
        "model": model,
        "predict_url": site.predict_url(model),
        "champion": champion.version if champion else None,
        "champion_since": since[-1] if since else None,
        "canary": {"version": canary, "weight": weight} if canary else None,
        "last_run": _run(runs[0]) if runs else None,
        "upload_waits_until": _waits_until(site, model),
        "last_report": _report(site.newest_report(model)),
        "alarms": site.alarm_states(model),
    }


def _run(run: TrainingRun) -> dict[str, Any]:
    return {
        "run_id": run.run_id,
        "started_at": run.started_at,
        "trigger": run.trigger.kind,
        "under_way": run.closed_at is None,
        "outcome": run.outcome,
        "version": run.version,
    }


def _waits_until(site: Site, model: str) -> datetime | None:
    """When the first upload that came too early asks again."""
    refused = site.runs(model).newest_suppressions(_LOOKED_AT)
    coming = (one.ask_again_at for one in refused if one.ask_again_at and one.ask_again_at > now())
    return min(coming, default=None)


def _report(report: MonitoringReport | None) -> dict[str, Any] | None:
    if report is None:
        return None
    worst = report.drift.worst if report.drift else None
    return {
        "ran_at": report.ran_at,
        "worst_drift": worst.drift_score if worst else None,
        "worst_input": worst.column if worst else None,
        "drifted": report.drift.drifted if report.drift else [],
        "threshold": report.threshold,
        "nothing_compared": report.nothing_compared,
    }


def _row(model: dict[str, Any]) -> list[Any]:
    canary, run, report, alarms = (model[key] for key in ("canary", "last_run", "last_report", "alarms"))
    judged = report is not None and report["worst_input"] is not None
    return [
        model["model"],
        f"version {model['champion']}" if model["champion"] else "not released yet",
        model["champion_since"],
        f"version {canary['version']} at {canary['weight']:.0%}" if canary else None,
        _told(model["model"], run, model["upload_waits_until"]) if run else None,
        f"{report['worst_drift']:.3f} in {report['worst_input']}" if judged else None,
        alarms["drift"],
        _HEARD.get(alarms["heartbeat"]),
    ]


def _told(model: str, run: dict[str, Any], waits_until: datetime | None) -> str:
    last = f"{run['outcome'] or 'under way'}, {ago(run['started_at'])}"
    if run["outcome"] == LEFT_TO_PERSON:
        last += f"; keepfit release {model} {run['version']}"
    return f"{last}; an upload waits until {waits_until:%H:%M} UTC" if waits_until else last
