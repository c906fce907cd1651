"""A tracking server gets a run's parameters, metrics and files, its candidates and their trials."""

from __future__ import annotations

from typing import Any

import msgspec

from keepfit.adapters.memory.registry import MemoryArtifacts
from keepfit.application.tracking import tracked_run
from keepfit.training.runs.run_files import RunFiles
from keepfit.training.trials.report import Parity, TrialReport
from tests.unit.training.support.searches import record, trial
from tests.unit.views.support.history import a_run

REPORT = TrialReport(
    candidate="boosting",
    algorithm="lightgbm",
    parameters={"n_estimators": 60},
    rows=1000,
    fit_seconds=1.5,
    model_bytes=2000,
    metrics={"roc_auc": 0.8},
    parity=Parity(rows=10, max_difference=0.0, flipped_labels=0, worst=[]),
    packages={},
)


RECORD = record(trial(0, 0.7, outcome="failed", num_leaves=0), trial(1, 0.8, num_leaves=1))


def files_of(**documents: Any) -> RunFiles:
    files = RunFiles(MemoryArtifacts(), a_run().folder)
    for name, document in documents.items():
        files.put(name.replace("__", "/").replace("_json", ".json"), msgspec.json.encode(document))
    return files


def test_a_run_shows_its_winner_its_candidates_and_their_trials() -> None:
    judgement = {
        "winner": "boosting",
        "verdicts": [{"candidate": "boosting", "metrics": {"roc_auc": 0.75}, "gain": 0.02}],
        "champion": {"metric": 0.73},
    }
    files = files_of(
        judgement_json=judgement,
        candidates__boosting__report_json=REPORT,
        candidates__boosting__trials_json=RECORD,
        candidates__forest__failed_json={"error": "MemoryError", "cause": "out of memory"},
    )
    run = tracked_run(a_run(), files)
    boosting, forest = run.children
    assert (run.name, run.failed, run.tags["keepfit.winner"]) == (a_run().run_id, False, "boosting")
    assert run.metrics == {"roc_auc": 0.75, "gain": 0.02, "champion": 0.73}
    assert run.parameters["data.flights"] == "1"
    assert list(run.files) == ["judgement.json"]
    assert boosting.parameters == {"algorithm": "lightgbm", "n_estimators": "60"}
    assert (boosting.metrics["roc_auc"], boosting.metrics["validation_rows"]) == (0.8, 0)
    assert set(boosting.files) == {"report.json", "trials.json"}
    assert (forest.failed, forest.tags["keepfit.failure"]) == (True, "MemoryError: out of memory")
    failed, best = boosting.children
    assert (failed.failed, failed.tags["keepfit.outcome"]) == (True, "failed")
    assert (best.parameters, best.metrics["roc_auc"]) == ({"num_leaves": "1"}, 0.8)
    assert best.tags["keepfit.best"] == "true"


def test_a_run_that_came_to_nothing_is_shown_as_failed() -> None:
    run = tracked_run(a_run(outcome="abandoned", version=None, reason="EmptyWindow: no row"), files_of())
    assert (run.failed, run.children, run.files) == (True, [], {})
    assert run.tags["keepfit.reason"] == "EmptyWindow: no row"
