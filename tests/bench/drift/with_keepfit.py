"""Drift by keepfit's monitor.

`python -m tests.bench.drift.with_keepfit <collected|all|estimated|together|memory|both> <folder>`

"collected" is what a run of the monitor does: the window's Parquet files, as it collected them, are read and counted
in the bins of a reference profile, made when the model was trained. "all" does that too, and looks at five statistics
instead of the index alone; "estimated" moreover estimates every metric of the model, and "together"
compares all inputs by a domain classifier instead. "memory" has the window as arrays
instead, and "both" counts the reference as well, each time, as those must who keep no profile.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import numpy as np

from keepfit.adapters.duckdb.parquet_predictions import ParquetPredictions
from keepfit.adapters.memory.registry import MemoryArtifacts
from keepfit.evaluation.tasks.registry import training_task_of
from keepfit.features.schema.cell_form import FieldType
from keepfit.monitoring.definition import MonitoringDefinition
from keepfit.monitoring.drift.all_inputs import compare_all_inputs
from keepfit.monitoring.drift.compare import compare
from keepfit.monitoring.drift.decision import Threshold
from keepfit.monitoring.estimation.estimate_answers import estimated
from keepfit.monitoring.estimation.registry import AnyEstimator, estimator_of
from keepfit.monitoring.profiles.profile import ReferenceProfile, profile_of
from keepfit.monitoring.profiles.row_sample import RowSample
from keepfit.monitoring.profiles.window import columns_to_read, count_window
from keepfit.monitoring.profiles.window_profile import WindowProfile
from keepfit.monitoring.reports.report import DriftReport
from keepfit.tasks.spec import BINARY
from tests.bench.drift.rows import CATEGORIES, DAYS, NUMBERS, START
from tests.bench.worker import take_turns

TYPES: dict[str, FieldType] = {
    **dict.fromkeys(NUMBERS, "float"),
    **dict.fromkeys(CATEGORIES, "category"),
}
Found = tuple[DriftReport, bytes]


STATISTICS = ("psi", "kolmogorov_smirnov", "jensen_shannon", "wasserstein", "chi_square")


def judged(
    reference: ReferenceProfile, window: WindowProfile, statistics: Sequence[str] = STATISTICS[:1]
) -> Found:
    """The report, and the document that would be kept."""
    default = MonitoringDefinition()
    decision = Threshold(limit=default.threshold, minimum_rows=default.minimum_rows)
    report = compare(reference, window, decision, statistics=statistics)
    return report, msgspec.json.encode(report)


def columns(folder: Path, name: str) -> dict[str, Any]:
    """(rows,) arrays, masked where missing."""
    with duckdb.connect(config={"threads": 1}) as connection:
        return dict(connection.read_parquet(str(folder / f"{name}.parquet")).fetchnumpy())


def estimator() -> AnyEstimator | None:
    """The estimator of a model whose probabilities are right, by 20,000 rows of a holdout."""
    random = np.random.default_rng(0)
    scores = random.random(20_000)
    return estimator_of(training_task_of(BINARY), random.random(20_000) < scores, scores)


def collected(
    folder: Path,
    statistics: Sequence[str] = STATISTICS[:1],
    *,
    estimates: bool = False,
    together: bool = False,
) -> Callable[[], Found]:
    reference = profile_of(columns(folder, "reference"), TYPES)
    if estimates:
        reference = msgspec.structs.replace(reference, estimator=estimator())
    if together:
        sample = RowSample.of(reference.columns, columns(folder, "reference"))
        reference = msgspec.structs.replace(reference, sample=sample)
    files = {
        str(path.relative_to(folder)): path.read_bytes()
        for path in (folder / "predictions").rglob("*.parquet")
    }
    predictions = ParquetPredictions(files=MemoryArtifacts(objects=files), model="flights")
    end = START + timedelta(days=DAYS)

    def monitored() -> Found:
        parts = predictions.between(START, end, columns_to_read(reference))
        counted = count_window(parts, reference, champion=1, has_column=lambda version, name: True)
        if estimates:
            estimated(reference.estimator, counted.answers, metric=None, minimum_rows=1)
        if together:
            compare_all_inputs(reference, counted.sample, threshold=0.6, limit=0.25, minimum_rows=1)
        return judged(reference, counted.profile, statistics)

    return monitored


def memory(folder: Path) -> Callable[[], Found]:
    reference, window = profile_of(columns(folder, "reference"), TYPES), columns(folder, "window")
    return lambda: judged(reference, reference.counts_of(window))


def both(folder: Path) -> Callable[[], Found]:
    before, window = columns(folder, "reference"), columns(folder, "window")

    def compared() -> Found:
        reference = profile_of(before, TYPES)
        return judged(reference, reference.counts_of(window))

    return compared


def indices(found: Found) -> Mapping[str, float]:
    """The plain index of each column, before the correction for chance."""
    return {column.column: column.value for column in found[0].columns}


if __name__ == "__main__":
    ways = {
        "collected": collected,
        "all": partial(collected, statistics=STATISTICS),
        "estimated": partial(collected, statistics=STATISTICS, estimates=True),
        "together": partial(collected, statistics=STATISTICS, together=True),
        "memory": memory,
        "both": both,
    }
    way = ways[sys.argv[1]](Path(sys.argv[2]))
    take_turns(way, answer=indices, packages=("numpy", "duckdb"))
