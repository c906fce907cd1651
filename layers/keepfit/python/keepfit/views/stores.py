"""The stores that views read, as ports of one model and of one dataset."""

from __future__ import annotations

from dataclasses import dataclass

from keepfit.features.datasets.ports import DatasetRecords, Lake
from keepfit.monitoring.ports import AlarmStates, ProgressRecord
from keepfit.registry.approvals import Approvals
from keepfit.registry.artifact_store import ArtifactStore
from keepfit.registry.ledger import Ledger
from keepfit.registry.ports import Versions
from keepfit.training.runs.ports import LiveAlias, Runs


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelStores:
    """The stores of one deployed model.

    ``artifacts`` hold run files and versions, ``lake`` the reports of the monitor; ``live`` is the alias that serves.
    """

    model: str
    runs: Runs
    versions: Versions
    ledger: Ledger
    approvals: Approvals
    live: LiveAlias
    progress: ProgressRecord
    alarms: AlarmStates
    artifacts: ArtifactStore
    lake: ArtifactStore


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetStores:
    """The stores of one deployed dataset; ``lake`` holds its quarantine by key."""

    dataset: str
    records: DatasetRecords
    manifests: Lake
    lake: ArtifactStore
