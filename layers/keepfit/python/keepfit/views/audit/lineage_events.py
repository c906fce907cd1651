"""A version's run as events of OpenLineage: which data it read, and which version it made.

Source: OpenLineage 2-0-2, https://openlineage.io/spec/2-0-2/OpenLineage.json
"""

from __future__ import annotations

from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

from keepfit.instants import to_iso
from keepfit.training.runs.run import TrainingRun
from keepfit.views.audit.evidence import VersionEvidence

NAMESPACE: Final = "keepfit"
_PRODUCER: Final = "https://pypi.org/project/keepfit"
_EVENT: Final = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent"
_VERSION: Final = "https://openlineage.io/spec/facets/1-0-1/DatasetVersionDatasetFacet.json"
_FAILED: Final = ("failed", "aborted", "abandoned")


def lineage_events(evidence: VersionEvidence) -> list[dict[str, Any]]:
    """The start of the run that made a version, and its end; empty where its record is gone."""
    if evidence.run is None:
        return []
    run, manifest = evidence.run.run, evidence.version.manifest
    inputs = [_versioned(dataset, version) for dataset, version in run.data.items()]
    outputs = [_versioned(f"models/{manifest.model}", manifest.version)]
    events = [_event(run, "START", to_iso(run.started_at), inputs, [])]
    if run.closed_at is not None:
        ended = "FAIL" if run.outcome in _FAILED else "COMPLETE"
        events.append(_event(run, ended, to_iso(run.closed_at), inputs, outputs))
    return events


def _event(
    run: TrainingRun, kind: str, at: str, inputs: list[dict[str, Any]], outputs: list[dict[str, Any]]
) -> dict[str, Any]:
    return {
        "eventType": kind,
        "eventTime": at,
        "producer": _PRODUCER,
        "schemaURL": _EVENT,
        "run": {"runId": str(uuid5(NAMESPACE_URL, f"{NAMESPACE}:{run.model}:{run.run_id}"))},
        "job": {"namespace": NAMESPACE, "name": f"{run.model}.training"},
        "inputs": inputs,
        "outputs": outputs,
    }


def _versioned(name: str, version: int) -> dict[str, Any]:
    facet = {"_producer": _PRODUCER, "_schemaURL": _VERSION, "datasetVersion": str(version)}
    return {"namespace": NAMESPACE, "name": name, "facets": {"version": facet}}
