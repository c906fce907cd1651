"""Drift as Evidently finds it: `python -m tests.bench.drift.with_evidently <report|values> <folder>`.

"report" is its drift preset with the index as method, and the report as JSON; "values" asks for the index of each
column and nothing else. Both have their frames in memory. Evidently counts categories value by value, as keepfit does
those that are frequent, and numbers in bins of equal width over both windows, so those indices differ.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pandas as pd
from evidently import DataDefinition, Dataset, Report
from evidently.metrics import ValueDrift
from evidently.presets import DataDriftPreset

from tests.bench.worker import take_turns


def main(wanted: str, folder: Path) -> None:
    reference, window = (pd.read_parquet(folder / f"{name}.parquet") for name in ("reference", "window"))
    names = list(window.columns)
    definition = DataDefinition(
        numerical_columns=[name for name in names if name.startswith("number")],
        categorical_columns=[name for name in names if name.startswith("category")],
    )

    def compared() -> tuple[Any, str]:
        metrics = {
            "report": lambda: [DataDriftPreset(method="psi")],
            "values": lambda: [ValueDrift(column=name, method="psi") for name in names],
        }[wanted]()
        datasets = [Dataset.from_pandas(frame, data_definition=definition) for frame in (window, reference)]
        snapshot = Report(metrics).run(*datasets)
        return snapshot, snapshot.json()

    take_turns(compared, answer=lambda found: _indices(found[0]), packages=("evidently", "pandas", "numpy"))


def _indices(snapshot: Any) -> dict[str, float]:
    metrics = snapshot.dict()["metrics"]
    return {m["config"]["column"]: float(m["value"]) for m in metrics if "column" in m["config"]}


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
