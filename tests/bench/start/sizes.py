"""The cost of a model's size: the package of a release, its packing, its cold start, its memory when warm."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier

from keepfit.features.encoding.numbers import row_numbers
from keepfit.training.recipes.sklearn_onnx import to_onnx
from tests.bench.figures import Comparison
from tests.bench.request_path import SIGNATURE, Handlers
from tests.bench.start.compared import event_of_one_row, handler_package, once, release_of, released

_WARMING = 200
_ROWS = 20_000


def compared(*, rounds: int, share: float = 1.0) -> Comparison:
    """One table, a row per model; forests have their trees grown to the end, so that they are large."""
    handler, event = handler_package(), event_of_one_row()
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for place, (name, model) in enumerate(_models(share)):
            began = time.process_time()
            package = release_of(handler, SIGNATURE, model)
            packing = time.process_time() - began
            start = released(Path(folder) / str(place), SIGNATURE, model)
            starts = [once(start, Path(folder), event, requests=_WARMING) for _ in range(rounds)]
            rows.append(
                {
                    "model": name,
                    "model_bytes": len(model),
                    "package_bytes": len(package),
                    "packing_seconds": packing,
                    "cpu_seconds": median(one["cpu_seconds"] for one in starts),
                    "warm_bytes": _median(one["warm_bytes"] for one in starts),
                }
            )
    notes = [
        f"CPU from the interpreter's start to the first answer, memory after {_WARMING} more: medians of {rounds}",
        "packing: the CPU that a release takes for its package, without Lambda's own publishing of it",
    ]
    return Comparison(title="By the size of the model", rows=rows, notes=notes)


def _median(some: Iterator[int | None]) -> float | None:
    known = [each for each in some if each is not None]
    return median(known) if known else None


def _models(share: float) -> Iterator[tuple[str, bytes]]:
    """Models of one signature by their names, each larger than the one before."""
    yield "logistic", Handlers(lambda _lines: None).model
    random = np.random.default_rng(3)
    count, columns = max(200, int(_ROWS * share)), len(row_numbers(SIGNATURE))
    rows = random.normal(size=(count, columns)).astype(np.float32)
    labels = rows[:, 0] + rows[:, 1] * rows[:, 2] + random.normal(size=count) > 0
    estimators: dict[str, Any] = {
        "boosting, 100 trees": HistGradientBoostingClassifier(max_iter=100, early_stopping=False),
        "boosting, 1,000 trees": HistGradientBoostingClassifier(max_iter=1000, early_stopping=False),
        "forest, 100 trees": RandomForestClassifier(100),
        "forest, 250 trees": RandomForestClassifier(250),
    }
    for name, estimator in estimators.items():
        estimator.set_params(random_state=0)
        if share < 1:
            estimator.set_params(
                **{key: 3 for key in ("max_iter", "n_estimators") if key in estimator.get_params()}
            )
        yield name, to_onnx(estimator.fit(rows, labels), columns=columns)
