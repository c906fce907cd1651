"""Checks of a split: its field, its holdout and its window."""

from __future__ import annotations

from collections.abc import Iterator

from keepfit.definitions.compiled_model import split_of
from keepfit.definitions.mistakes import alike
from keepfit.definitions.model import ModelDefinition
from keepfit.features.offline.split_plan import Portion, Split
from keepfit.features.schema.definition import DatasetDefinition
from keepfit.training.definition import TrainingDefinition


def portion_mistakes(training: TrainingDefinition) -> Iterator[str]:
    """What is wrong with a model's window, split and holdout by themselves."""
    if training.split is not None:
        try:
            Split.parse(training.split)
        except ValueError as error:
            yield f"split: {error}"
    try:
        duration = Portion.parse(training.holdout).duration
    except ValueError as error:
        yield f"holdout: {error}"
        return
    if duration is None:
        return
    if not duration.seconds:
        yield "holdout must be longer than nothing: it judges the candidates"
    if training.window is not None and duration >= training.window:
        yield "holdout must be shorter than window"


def split_mistakes(name: str, model: ModelDefinition, spine: DatasetDefinition) -> Iterator[str]:
    """What is wrong with a model's split beside the dataset whose rows it parts."""
    training, where = model.training, f"[model.{name}.training]"
    try:
        split, holdout = split_of(training, spine), Portion.parse(training.holdout)
    except ValueError:
        return  # it is wrong by itself
    if split.kind == "time" and not spine.event_time:
        yield (
            f"{where} split = 'time' needs to know when rows happened, and [dataset.{model.dataset}] has no "
            "event_time; name it, or write 'random'"
        )
    if split.kind != "time" and holdout.duration is not None:
        yield (
            f"{where} holdout = '{holdout}' is a time, and rows are parted by split = '{split}' here: write a share of "
            "them, such as 0.2"
        )
    if split.field == model.label:
        yield f"{where} split: grouped by the label {model.label!r}, no part would hold more than one answer"
    elif split.field is not None and split.field not in spine.fields:
        yield (
            f"{where} split: {split.field!r} is not a field of [dataset.{model.dataset}]; "
            f"{alike(split.field, spine.fields)}"
        )
