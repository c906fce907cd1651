"""Compares the scores that champion and challenger gave to live requests, by the prediction log."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from keepfit.monitoring.newest_requests import newest_since
from keepfit.monitoring.ports import PredictionLog
from keepfit.monitoring.prediction_log.parse import Prediction
from keepfit.serving.release.score_shift import MIN_SCORES, ScoreShift, score_shift
from keepfit.tasks.base import ServingTask

MAX_SCORES: Final = 20_000
"""Answers of each version that are compared: the newest."""
MAX_OBJECTS: Final = 300
"""Objects of the log that are read for them: of a version that few ask, not the whole log of a busy day."""


def compare_scores(
    log: PredictionLog, model: str, task: ServingTask, *, champion: int, challenger: int, since: datetime
) -> ScoreShift | None:
    """The score shift of a challenger since its canary began; None where the log holds too little.

    Args:
        log: of the model, as far as it is delivered.
        model: its name.
        task: of both versions.
        champion: its version.
        challenger: another version.
        since: when the canary began.
    """
    found: dict[int, dict[str, Prediction]] = {champion: {}, challenger: {}}
    for prediction in newest_since(log, model, since, objects=MAX_OBJECTS):
        of_version = found.get(prediction.version, {})
        if len(of_version) < MAX_SCORES:
            of_version[prediction.prediction_id] = prediction
        if min(map(len, found.values())) == MAX_SCORES:
            break
    if min(map(len, found.values())) < MIN_SCORES:
        return None
    one, other = (
        {column: [each.outputs[column] for each in found[version].values()] for column in task.watched}
        for version in (champion, challenger)
    )
    return score_shift(one, other, task.watched)
