"""The champion in a judgement: its answers to another definition's holdout."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from keepfit.application.answer_rows import answers_of, as_known_to
from keepfit.application.holdout import HoldoutRow
from keepfit.errors import InvalidOutput
from keepfit.evaluation.tasks.registry import training_task_of
from keepfit.serving.inference.scorer import Scorer
from keepfit.tasks.spec import TaskSpec
from keepfit.training.judging.comparison import ChampionScores

_TRAINED_ON = "known when the champion was trained, so it may have learned them"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainedOn:
    """What a champion was trained on.

    Args:
        until: up to when rows could be known to it.
        began: when its run began, which read what was taken in by then; None where that is not on record.
        ids: of the rows, where those were drawn and are still on record; see ``ports.TrainingRows.trained_ids``.
    """

    until: datetime
    began: datetime | None = None
    ids: npt.NDArray[np.uint64] | None = None

    def trusted(self, holdout: Sequence[HoldoutRow]) -> npt.NDArray[np.bool_] | None:
        """(rows,) which rows were taken in before its run began; None where that is not known of each."""
        began = self.began
        if began is None or any(row.taken_at is None for row in holdout):
            return None
        return np.array(
            [row.taken_at is not None and row.taken_at <= began for row in holdout], dtype=np.bool_
        )

    def seen(self, holdout: Sequence[HoldoutRow]) -> npt.NDArray[np.bool_]:
        """(rows,) which rows may have trained the champion."""
        if self.ids is not None and all(row.ids for row in holdout):
            ids = np.array([row.ids for row in holdout], dtype=np.uint64)
            return np.asarray(np.isin(ids, self.ids).any(axis=1))
        return np.array(
            [row.known_at is not None and row.known_at <= self.until for row in holdout], dtype=np.bool_
        )


def champion_scores(
    scorer: Scorer,
    version: int,
    holdout: Sequence[HoldoutRow],
    *,
    label: str,
    spec: TaskSpec,
    trained_on: TrainedOn | None,
) -> ChampionScores:
    """The answers of ``version`` to the rows that it is compared on.

    Args:
        scorer: the champion's.
        version: its number.
        holdout: the challengers' rows.
        label: what the challengers predict.
        spec: what their outputs mean.
        trained_on: what trained the champion; None where its run's record is gone.
    """
    if scorer.signature.label != label:
        return ChampionScores(version=version, note=f"it predicts {scorer.signature.label}, not {label}")
    other = scorer.task.compared_with(spec)
    if other is not None:
        return ChampionScores(version=version, note=other)
    if trained_on is None:
        return ChampionScores(version=version, note="its run no longer says which rows trained it")
    seen = trained_on.seen(holdout)
    try:
        served, refused = answers_of(scorer, [as_known_to(scorer, _instance(row)) for row in holdout])
        served = scorer.task.translated(served, spec)
    except InvalidOutput as error:
        return ChampionScores(version=version, note=f"it fails on the holdout: {error}")
    left_out = Counter(reason for row, reason in refused.items() if not seen[row])
    if seen.any():
        left_out[_TRAINED_ON] = int(seen.sum())
    compared: npt.NDArray[np.bool_] = ~seen
    compared[list(refused)] = False
    return ChampionScores(
        version=version,
        served=served,
        compared=compared,
        left_out=dict(left_out.most_common()),
        trusted=trained_on.trusted(holdout),
        task=training_task_of(msgspec.structs.replace(spec, threshold=scorer.signature.task.threshold)),
    )


def _instance(row: HoldoutRow) -> dict[str, Any]:
    return dict(msgspec.json.decode(row.instance))
