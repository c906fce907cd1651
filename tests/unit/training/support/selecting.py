"""A world whose columns are known to help or not, for selections to be judged by."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from keepfit.evaluation.tasks.registry import rehearsed
from keepfit.features.schema.signature import Column, Signature
from keepfit.training.selection.select import Question, select
from keepfit.training.selection.selection import FeatureSelection
from keepfit.training.trials.validation import Table

_COLORS = np.array(["amber", "blue", "cyan", "dun", "ecru", "fawn"], dtype=object)


class KnownWorld:
    """Rows of which ``strong``, ``weak`` and ``color`` say something of the label; add others."""

    def __init__(self, kind: str, seed: int, rows: int = 800) -> None:
        self.random = np.random.default_rng(seed)
        colors = self.random.integers(0, len(_COLORS), rows)
        strong, weak = self.random.normal(size=(2, rows))
        self.columns: dict[str, Any] = {"strong": strong, "weak": weak, "color": _COLORS[colors]}
        signal = 1.5 * strong + 0.8 * weak + 0.6 * (colors - 2.5) + self.random.logistic(size=rows)
        self.task, self._labels = rehearsed(kind, signal)
        self._folds = (self.random.random(rows) < 0.3).astype(np.int64)
        self._rows, self._seed = rows, seed

    def noise(self, count: int) -> list[str]:
        """Adds columns that know nothing, one of them a category; returns their names."""
        names = [f"noise{number}" for number in range(count)]
        for name in names:
            self.columns[name] = self.random.normal(size=self._rows)
        self.columns[names[-1]] = _COLORS[self.random.integers(0, len(_COLORS), self._rows)]
        return names

    @property
    def signature(self) -> Signature:
        """A signature of the columns as they are now."""
        columns = [
            Column(
                name=name,
                source="input",
                type="category" if values.dtype == object else "float",
                vocabulary=list(_COLORS) if values.dtype == object else None,
            )
            for name, values in self.columns.items()
        ]
        return Signature(model="m", label="l", event_time=None, columns=columns, task=self.task.spec)

    def select(self, drift_scores: Mapping[str, float] | None = None) -> FeatureSelection:
        """What is selected of the columns as they are now."""
        rows = Table(
            columns=self.columns,
            labels=self._labels,
            fold=self._folds,
            from_fold=np.ones(self._rows, dtype=np.int64),
        )
        question = Question(
            signature=self.signature,
            task=self.task,
            metric=self.task.metric(None),
            drift_scores=drift_scores or {},
            drift_limit=0.25,
            seed=self._seed,
        )
        return select(question, rows, rows)
