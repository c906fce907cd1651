"""A model and a dataset in memory, without a past."""

from __future__ import annotations

import pytest

from keepfit.adapters.memory.features import MemoryDatasets, MemoryLake
from keepfit.adapters.memory.monitoring import MemoryProgress
from keepfit.adapters.memory.registry import MemoryApprovals, MemoryArtifacts, MemoryLedger, MemoryVersions
from keepfit.adapters.memory.training import MemoryAlarms, MemoryLiveAlias, MemoryRuns
from keepfit.registry.champion import UNRELEASED
from keepfit.views.stores import DatasetStores, ModelStores
from tests.unit.views.support.history import MODEL


@pytest.fixture
def alarms() -> MemoryAlarms:
    return MemoryAlarms()


@pytest.fixture
def ledger() -> MemoryLedger:
    return MemoryLedger()


@pytest.fixture
def stores(alarms: MemoryAlarms, ledger: MemoryLedger) -> ModelStores:
    return ModelStores(
        model=MODEL,
        runs=MemoryRuns(),
        versions=MemoryVersions(model=MODEL),
        ledger=ledger,
        approvals=MemoryApprovals(),
        live=MemoryLiveAlias(lambda_version=UNRELEASED),
        progress=MemoryProgress(),
        alarms=alarms,
        artifacts=MemoryArtifacts(),
        lake=MemoryArtifacts(),
    )


@pytest.fixture
def flights() -> DatasetStores:
    return DatasetStores(
        dataset="flights", records=MemoryDatasets(), manifests=MemoryLake(), lake=MemoryArtifacts()
    )
