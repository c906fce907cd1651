"""Finds the runs that read rows of an entity, and removes the rows that they copied."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from keepfit.errors import NotFound
from keepfit.features.datasets.ports import Lake
from keepfit.features.forgetting.ports import ObjectVersions
from keepfit.features.forgetting.progress import Progress
from keepfit.features.forgetting.record import ForgottenObject, TrainedOn
from keepfit.layout import RUNS, rows_folder
from keepfit.training.runs.ports import Runs
from keepfit.training.runs.run import TrainingRun

_MAX_RUNS: Final = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgettingRuns:
    """The runs that read a dataset.

    Args:
        dataset: its name.
        lake: of the dataset.
        artifacts: where runs keep the rows that they train and judge on.
        runs: those of a model.
    """

    dataset: str
    lake: Lake
    artifacts: ObjectVersions
    runs: Callable[[str], Runs]

    def forget(self, progress: Progress, goes_on: Callable[[], bool]) -> bool:
        """Puts on record which runs read the entity, and removes their rows; False where the time is up."""
        held = {one.key for one in progress.record.of("rows")}
        trained: list[TrainedOn] = []
        done = {one.key for one in progress.record.of("rows of a run") if one.removed}
        for run, data_version in self._readers(held):
            trained.append(
                TrainedOn(model=run.model, run_id=run.run_id, data_version=data_version, version=run.version)
            )
            if progress.dry:
                continue
            if not goes_on():
                return False
            self._remove(run, progress, done)
        progress.note(trained=trained)
        return True

    def models(self) -> list[str]:
        """The models that ever read the dataset."""
        return [
            model
            for model in self.artifacts.folders(RUNS)
            if any(self.dataset in run.data for run in self.runs(model).newest(_MAX_RUNS))
        ]

    def _readers(self, held: set[str]) -> list[tuple[TrainingRun, int]]:
        """Runs that read a version of the dataset that names one of the files ``held``, with that version."""
        touched: dict[int, bool] = {}
        found = []
        for model in self.artifacts.folders(RUNS):
            for run in self.runs(model).newest(_MAX_RUNS):
                version = run.data.get(self.dataset)
                if version is None:
                    continue
                if version not in touched:
                    touched[version] = self._names(version, held)
                if touched[version]:
                    found.append((run, version))
        return found

    def _names(self, version: int, held: set[str]) -> bool:
        try:
            return any(part.key in held for part in self.lake.manifest(self.dataset, version).parts)
        except NotFound:
            return False

    def _remove(self, run: TrainingRun, progress: Progress, done: set[str]) -> None:
        folder = f"{rows_folder(run.folder)}/"
        if run.closed_at is None:
            progress.waits(f"run {run.run_id} of {run.model} reads rows of before, and is under way")
            return
        if folder in done:
            return
        rows = [*self.artifacts.list(folder)]
        for found in rows:
            self.artifacts.remove(found.key, found.version_id)
        if rows:
            one = ForgottenObject(
                place="rows of a run", key=folder, version_id="", objects=len(rows), removed=True
            )
            progress.found(one)
