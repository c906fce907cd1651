"""The description of a training set: training rows, holdout rows, and the cut between them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from keepfit.errors import EmptyWindow
from keepfit.evaluation.results import LabelSummary
from keepfit.instants import to_iso
from keepfit.training.definition import TrainingDefinition
from keepfit.training.gates_definition import GatesDefinition

if TYPE_CHECKING:
    from keepfit.evaluation.metrics.base import Labels
    from keepfit.evaluation.tasks.base import TrainingTask

_DAY_S = 86_400.0
UNLABELLED, AHEAD, TOO_OLD = "no label", "dated after their upload", "older than the window"
WAITING, SAMPLED_OUT = "label not known at the cut", "more than max_rows"
"""Why rows neither train nor judge."""


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """Rows counted: how many, and from when to when (None where there is no row)."""

    rows: int
    first_event: datetime | None
    last_event: datetime | None


class Cut(msgspec.Struct, frozen=True, kw_only=True):
    """The training rows and the holdout.

    ``available`` rows happened and were known by then; ``waiting`` ones happened by then and had no label that was
    known, so they neither train nor judge. Where rows are drawn, ``at`` is when the last of them was known, and none
    waits. Of what is available, ``validating`` rows choose between candidates and do not train the chosen one, because
    they are not in the sample that does. ``lateness_s`` is the median of seconds from an event until its label was
    first known; a correction makes no label late. ``left_out`` counts all rows without any part, by reason.
    """

    at: datetime
    available: int
    waiting: int
    lateness_s: float
    validating: int = 0
    left_out: dict[str, int] = {}

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

    The training rows may be a sample of those available. ``validation_rows`` choose between candidates; they train the
    chosen one too, but for ``validation_only_rows``, which are not in the sample.

    ``split`` is what parts them, and ``split_at`` up to when rows could be known to what trains. ``candidates`` are
    tried on them, and models of so many ``segments``. ``left_out`` counts rows that do neither, by reason. ``expired``
    is by dataset, and empty where nothing had. None is what runs of before did not say, and the rates of true labels
    are how they summarized labels.
    """

    rows: int
    available_rows: int | None = None
    waiting_rows: int | None = None
    validation_rows: int | None = None
    validation_only_rows: int = 0
    holdout_rows: int
    split: str | None = None
    split_at: datetime
    first_event: datetime | None
    last_event: datetime | None
    labels: LabelSummary | None = None
    holdout_labels: LabelSummary | None = None
    doubts: list[str] = []
    candidates: list[str] = []
    segments: int = 0
    label_rate: float | None = None
    holdout_label_rate: float | None = None
    median_lateness_s: float | None = None
    left_out: dict[str, int] = {}
    expired: dict[str, Expired] = {}


def describe(
    spans: Mapping[str, Span],
    cut: Cut,
    expired: dict[str, Expired],
    *,
    split: str,
    labels: tuple[LabelSummary, LabelSummary],
) -> TrainingSet:
    """Describes a training set by the ``spans`` of its parts, and its training and holdout ``labels``."""
    return TrainingSet(
        rows=spans["train"].rows,
        available_rows=cut.available,
        waiting_rows=cut.waiting,
        validation_rows=spans["validation"].rows,
        validation_only_rows=cut.validating,
        holdout_rows=spans["holdout"].rows,
        split=split,
        split_at=cut.at,
        first_event=spans["train"].first_event,
        last_event=spans["holdout"].last_event,
        labels=labels[0],
        holdout_labels=labels[1],
        median_lateness_s=cut.lateness_s,
        left_out=cut.left_out,
        expired=expired,
    )


def enough(
    train: Labels,
    holdout: Labels,
    cut: Cut,
    *,
    task: TrainingTask,
    training: TrainingDefinition,
    gates: GatesDefinition,
) -> None:
    """Checks that there are enough rows to train and to judge.

    Args:
        train: (rows,) labels that train.
        holdout: (rows,) labels that judge.
        cut: where training ends and the holdout begins.
        task: what labels are.
        training: what is asked of rows.
        gates: what is asked of the holdout.

    Raises:
        EmptyWindow: fewer rows than the definition asks for, or labels that teach or prove nothing; says what to do.
    """
    usable = cut.available + len(holdout)
    window = f" of the last {training.window}" if training.window else ""
    more = "upload more data" + (", make training.window longer" if training.window else "")
    if usable < training.minimum_rows:
        raise EmptyWindow(
            f"{usable} labelled rows{window} can train or judge, and training.minimum_rows is "
            f"{training.minimum_rows}{cut.told()}: {more}, or ask for less"
        )
    nothing_learned = task.refuse(train)
    if nothing_learned:
        raise EmptyWindow(
            f"the training part has {nothing_learned}{cut.told()}: {more}, or make training.holdout (now "
            f"{training.holdout}) smaller"
        )
    short = too_few_to_judge(task, holdout, gates)
    if short:
        raise EmptyWindow(
            f"the holdout part has {short}: upload more data, make training.holdout (now {training.holdout}) larger, "
            "or ask for less"
        )


def too_few_to_judge(task: TrainingTask, labels: Labels, gates: GatesDefinition) -> str | None:
    """The rows missing from the least number that may decide; None where enough are there."""
    if len(labels) < gates.minimum_holdout_rows:
        return f"{len(labels)} labelled rows, and gates.minimum_holdout_rows is {gates.minimum_holdout_rows}"
    return task.refuse_to_judge(labels, minimum_of_each_class=gates.minimum_holdout_of_each_class)
