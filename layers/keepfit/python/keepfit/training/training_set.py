"""The description of a training set: training rows, holdout rows, and the cut between them."""

from __future__ import annotations

from datetime import datetime

import msgspec

from keepfit.errors import EmptyWindow
from keepfit.instants import to_iso
from keepfit.training.definition import GatesDefinition, TrainingDefinition

_DAY_S = 86_400.0


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """A number of rows, of true labels among them, and their time range (None without rows)."""

    rows: int
    true: int
    first_event: datetime | None
    last_event: datetime | None


class Cut(msgspec.Struct, frozen=True, kw_only=True):
    """The training rows and the holdout.

    ``available`` rows happened and were known by then; ``waiting`` ones happened by then and had no label that was
    known, so they neither train nor judge. ``lateness_s`` is the median of seconds from an event until its label was
    first known; a correction makes no label late.
    """

    at: datetime
    available: int
    waiting: int
    lateness_s: float

    def told(self) -> str:
        """Which labels are not known yet and why, for errors; empty where all were known in time."""
        if not self.waiting:
            return ""
        days = self.lateness_s / _DAY_S
        late = f"{days:.1f} days" if days >= 1 else f"{self.lateness_s / 3600:.1f} hours"
        return (
            f"; {self.waiting} more rows wait, because labels come {late} late (the median) and theirs were not known "
            f"by the cut at {to_iso(self.at)}"
        )


class Expired(msgspec.Struct, frozen=True, kw_only=True):
    """Files of a dataset, and their rows, that had expired when they were read."""

    files: int = 0
    rows: int = 0


class TrainingSet(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """``training_set.json``: the training rows and the holdout.

    The training rows may be a sample of those available.

    ``expired`` is by dataset, and empty where nothing had. None is what runs of before did not say.
    """

    rows: int
    available_rows: int | None = None
    waiting_rows: int | None = None
    holdout_rows: int
    split_at: datetime
    first_event: datetime | None
    last_event: datetime | None
    label_rate: float
    holdout_label_rate: float
    median_lateness_s: float | None = None
    expired: dict[str, Expired] = {}


def describe(train: Span, holdout: Span, cut: Cut, expired: dict[str, Expired]) -> TrainingSet:
    """Describes rows that can train and judge."""
    return TrainingSet(
        rows=train.rows,
        available_rows=cut.available,
        waiting_rows=cut.waiting,
        holdout_rows=holdout.rows,
        split_at=cut.at,
        first_event=train.first_event,
        last_event=holdout.last_event,
        label_rate=train.true / train.rows,
        holdout_label_rate=holdout.true / holdout.rows,
        median_lateness_s=cut.lateness_s,
        expired=expired,
    )


def enough(
    train: Span, holdout: Span, cut: Cut, *, training: TrainingDefinition, gates: GatesDefinition
) -> None:
    """Checks that there are enough rows to train and to judge.

    Raises:
        EmptyWindow: fewer rows than the definition asks for, or only one label on one side; says what to do.
    """
    usable = cut.available + holdout.rows
    if usable < training.minimum_rows:
        raise EmptyWindow(
            f"{usable} labelled rows of the last {training.window} can train or judge, and training.minimum_rows is "
            f"{training.minimum_rows}{cut.told()}: upload more data, make training.window longer, or ask for less"
        )
    if train.true in (0, train.rows):
        raise EmptyWindow(
            f"the training part has {train.rows} labelled rows, {train.true} of them true, so nothing can be told "
            f"apart{cut.told()}: upload more data, make training.window longer, or training.holdout (now "
            f"{training.holdout}) shorter"
        )
    short = too_few_to_judge(holdout.rows, holdout.true, gates)
    if short:
        raise EmptyWindow(
            f"the holdout part has {short}: upload more data, make training.holdout (now {training.holdout}) longer, "
            "or ask for less"
        )


def too_few_to_judge(rows: int, true: int, gates: GatesDefinition) -> str | None:
    """The reason why the rows, or those of a class, are too few to judge; None if enough."""
    if rows < gates.minimum_holdout_rows:
        return f"{rows} labelled rows, and gates.minimum_holdout_rows is {gates.minimum_holdout_rows}"
    rarer = min(true, rows - true)
    if rarer < gates.minimum_holdout_of_each_class:
        return (
            f"{rows} labelled rows, {true} of them true, and gates.minimum_holdout_of_each_class is "
            f"{gates.minimum_holdout_of_each_class}"
        )
    return None
