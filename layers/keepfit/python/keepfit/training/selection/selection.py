"""The outcome of a feature selection, as values that can be read without scikit-learn."""

from __future__ import annotations

from typing import Final, Literal

import msgspec

SELECT_FEATURES: Final = "select_features"
"""The step of a run that selects, as the training image knows it."""

Verdict = Literal["helps", "no help", "redundant", "unstable", "not dropped"]
"""Why a column is kept or dropped; ``not dropped`` is one that is kept because the selection was refused."""


class ColumnSelection(msgspec.Struct, frozen=True, kw_only=True):
    """A column that the model may read, kept or dropped, with the reason.

    Args:
        column: its name in the signature.
        kept: whether candidates train on it.
        verdict: in a word, why.
        reason: in a sentence, why.
        importance: the mean loss in the metric where its values are permuted among validation rows; None where it was
            not measured, because another column says the same.
        shadow: the mean of the largest such loss of any shadow copy, which is what chance gives.
        drift_score: how far the later half of the training rows is from the earlier one; see ``drift.statistic``. None
            for a column that has no profile.
        same_as: the column that says the same.
    """

    column: str
    kept: bool
    verdict: Verdict
    reason: str
    importance: float | None = None
    shadow: float | None = None
    drift_score: float | None = None
    same_as: str | None = None


class FeatureSelection(msgspec.Struct, frozen=True, kw_only=True):
    """``selection.json``: what was selected of a run's columns, and the evidence.

    Args:
        method: how, as a definition calls it.
        columns: every column that the model may read, in the signature's order.
        metric: what importance is measured in.
        rows: how many rows the fits learned from, the most of any fold.
        validation_rows: how many rows measured them.
        repeats: how many fits with shadows there were.
        full: the metric of fits to all columns, on validation rows.
        selected: that of fits to the selected ones on the same rows.
        worse: the share of resamples in which the selected ones are worse.
        refused: why all columns are kept; None where some were dropped, or none was to be.
        optional: fields that a request may leave out though the model reads them, because the champion lets it.
    """

    method: str
    columns: list[ColumnSelection]
    metric: str | None = None
    rows: int = 0
    validation_rows: int = 0
    repeats: int = 0
    full: float | None = None
    selected: float | None = None
    worse: float | None = None
    refused: str | None = None
    optional: list[str] = []

    @property
    def kept(self) -> frozenset[str]:
        """The names of the columns that candidates train on."""
        return frozenset(column.column for column in self.columns if column.kept)


def all_kept(selection: FeatureSelection, why: str) -> FeatureSelection:
    """The same selection with every column kept, because of ``why``."""

    def kept(column: ColumnSelection) -> ColumnSelection:
        if column.kept:
            return column
        reason = f"kept with all others; by itself it would be dropped: {column.reason}"
        return msgspec.structs.replace(column, kept=True, verdict="not dropped", reason=reason)

    return msgspec.structs.replace(selection, columns=list(map(kept, selection.columns)), refused=why)
