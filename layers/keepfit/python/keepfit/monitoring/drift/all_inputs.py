"""All inputs of a window together, compared with the reference by a domain classifier."""

from __future__ import annotations

from keepfit.monitoring.drift.domain_classifier import tell_apart
from keepfit.monitoring.profiles.profile import ReferenceProfile
from keepfit.monitoring.profiles.row_sample import WindowSample
from keepfit.monitoring.reports.report import ColumnDrift, Measured

ALL_INPUTS = "all inputs together"
STATISTIC = "domain_classifier"
_LABELS = [f"tenth {number} of its score" for number in range(1, 11)]
_BY_CHANCE = 0.5

METHOD = (
    "All inputs together are compared by a domain classifier on rows of the training data and of the window: their "
    "value is the area under its ROC curve on rows that it was not fitted to, and they have drifted where even the "
    "lower end of its interval of 99.9 % reaches the threshold."
)


def compare_all_inputs(
    reference: ReferenceProfile,
    window: WindowSample | None,
    *,
    threshold: float,
    limit: float,
    minimum_rows: int,
) -> ColumnDrift | str:
    """Judges all inputs together; the reason where that cannot be.

    Args:
        reference: the profile of the champion's training data.
        window: rows of the window; None where the profile has none to compare them with.
        threshold: the area from which they have drifted.
        limit: the drift score of a column that has.
        minimum_rows: of fewer rows nothing is judged.
    """
    if reference.sample is None or window is None:
        return "the champion was trained before rows were kept for it: from the next training on"
    if window.rows < minimum_rows:
        return f"{window.rows} rows in the window have every input, at least {minimum_rows} are needed"
    kept = reference.sample.places
    found = tell_apart({name: reference.columns[name] for name in kept}, kept, window.places)
    score = round(limit * (found.at_least - _BY_CHANCE) / (threshold - _BY_CHANCE), 6)
    measured = Measured(
        statistic=STATISTIC, value=round(found.auc, 6), expected=_BY_CHANCE, threshold=threshold
    )
    return ColumnDrift(
        column=ALL_INPUTS,
        statistic=STATISTIC,
        value=round(found.auc, 6),
        threshold=threshold,
        drift_score=score,
        drifted=score >= limit,
        ignored=False,
        rows=window.rows,
        labels=_LABELS,
        reference=found.reference,
        current=found.window,
        measured=[measured],
        told_by=dict(found.by),
    )
