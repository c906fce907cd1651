"""Runs are compared on the rows that all their holdouts have, by the same resamples."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from keepfit.adapters.memory.registry import MemoryArtifacts
from keepfit.application.arrays import to_npy
from keepfit.application.common_rows import CommonRows, compare_on_common_rows
from keepfit.definitions.compiled_model import encode
from keepfit.features.schema import signature as signatures
from keepfit.features.schema.signature import Signature
from keepfit.layout import rows_folder
from keepfit.tasks.spec import TaskSpec
from keepfit.training.runs.run_files import RunFiles
from tests.unit.definitions.test_compiling import MODEL, TRIPS, WEATHER, compiled

_RANDOM = np.random.default_rng(0)
LABELS = _RANDOM.random(500) < 0.4
GOOD, POOR = (LABELS + _RANDOM.normal(size=500) * noise for noise in (0.5, 3))


def run(
    folder: Path, name: str, rows: range, scores: np.ndarray, *, lines: bool = True, label: str = "late"
) -> RunFiles:
    """A judged run with these rows of the world in its holdout."""
    files = RunFiles(MemoryArtifacts(), f"runs/lateness/{name}")
    (folder / name).mkdir()
    model = MODEL.replace('label = "late"', f'label = "{label}"')
    trips = TRIPS.replace("fields.late", f"fields.{label}")
    files.put("definition.json", encode(compiled(folder / name, trips, WEATHER, model)))
    signature = Signature(
        model="lateness", label=label, event_time=None, columns=[], task=TaskSpec(kind="binary")
    )
    files.put("signature.json", signatures.to_json(signature))
    files.put("candidates/a/signature.json", signatures.to_json(signature))
    files.put("candidates/a/scores.npy", to_npy(1 / (1 + np.exp(-scores[rows]))))
    judgement = {
        "winner": "a",
        "reason": "",
        "metric": "roc_auc",
        "rows": len(rows),
        "verdicts": [{"candidate": "a", "metric": 0.7}],
        "champion": None,
    }
    files.put("judgement.json", json.dumps(judgement).encode())
    holdout = [
        {"instance": {}, "label": bool(LABELS[row]), **({"line": 2**63 + row} if lines else {})}
        for row in rows
    ]
    key = f"{rows_folder(files.folder)}/holdout.jsonl"
    files.store.put(key, "\n".join(map(json.dumps, holdout)).encode())
    return files


def test_runs_are_compared_on_the_rows_that_both_have(tmp_path: Path) -> None:
    poor = run(tmp_path, "first", range(300), POOR)
    good = run(tmp_path, "second", range(100, 500), GOOD)
    common = compare_on_common_rows([poor, good])
    assert (common.rows, common.metric, common.note) == (200, "roc_auc", None)
    first, second = common.runs
    assert (first.gain, first.gain_interval) == (0.0, (0.0, 0.0))
    assert second.gain == pytest.approx(second.value - first.value)
    assert second.gain_interval[0] > 0


def test_without_common_rows_it_says_so(tmp_path: Path) -> None:
    apart = [run(tmp_path, "a", range(100), GOOD), run(tmp_path, "b", range(200, 300), GOOD)]
    assert compare_on_common_rows(apart).note == "of the rows in all holdouts there are none"
    few = [run(tmp_path, "c", range(100), GOOD), run(tmp_path, "d", range(90, 300), GOOD)]
    assert "minimum_holdout_rows" in str(compare_on_common_rows(few).note)


def test_runs_that_cannot_be_compared_say_why(tmp_path: Path) -> None:
    one = run(tmp_path, "one", range(100), GOOD)
    old = run(tmp_path, "old", range(100), GOOD, lines=False)
    other = run(tmp_path, "other", range(100), GOOD, label="cancelled")
    gone = run(tmp_path, "gone", range(100), GOOD)
    assert isinstance(gone.store, MemoryArtifacts)
    del gone.store.objects[f"{rows_folder(gone.folder)}/holdout.jsonl"]
    notes = [compare_on_common_rows([one, each]).note for each in (old, other, gone)]
    assert notes == [
        "a run does not say which rows its holdout has, or nothing was chosen in it",
        "the runs predict different labels",
        "the holdout of a run, or the answers to it, are not kept any more",
    ]
    assert CommonRows().runs == []
