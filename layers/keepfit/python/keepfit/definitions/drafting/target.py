"""The label of a draft: which task it makes, and whether a model can learn it from this file at all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import msgspec

from keepfit.definitions.drafting import column_names
from keepfit.definitions.drafting.positive_class import positive_class
from keepfit.definitions.drafting.table import Column
from keepfit.errors import RefusedDraft
from keepfit.evaluation.tasks.registry import LISTINGS
from keepfit.features.schema.cells import cell_reader
from keepfit.features.schema.definition import Field
from keepfit.features.schema.types.base import BadCell

TaskName = Literal["binary", "multiclass", "regression"]

MIN_ROWS = 100
MAX_CLASSES = 500
MIN_ROWS_OF_CLASS = 10
_MAX_CLASSES_OF_WHOLE_NUMBERS = 10
_MIN_ROWS_OF_WHOLE_CLASS = 5
_MANY_CLASSES_SHARE = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What is predicted.

    Args:
        column: the label as it is in the file.
        field: how it is read as what the task predicts, and why so.
        task: what kind of answer it needs.
        reason: why this task.
        amounts: whether answers are numbers, and not one of some classes.
        rare: classes that so few rows have that nothing can be learned of them, the rarest last; none for numbers.
    """

    column: Column
    field: tuple[Field, str]
    task: TaskName
    reason: str
    amounts: bool
    rare: tuple[tuple[str, int], ...]


def target_of(column: Column, task: TaskName | None) -> Target:
    """What is predicted where ``column`` is the label, or why nothing can be.

    Args:
        column: the label as it is in the file.
        task: what the person wants; None to decide by the label's values.

    Raises:
        RefusedDraft: too few labelled rows, one value only, as many values as rows, too many classes, or a label that
            the wanted task cannot have; says what would help.
    """
    _refuse_hopeless(column)
    chosen, reason = (task, "as you asked") if task else _task(column)
    if LISTINGS[chosen].estimator == "regressor":
        _refuse_words(column, chosen)
        field = (msgspec.structs.replace(column.field, nullable=True), "")
        return Target(column=column, field=field, task=chosen, reason=reason, amounts=True, rare=())
    _refuse_classes(column, chosen)
    rare = tuple((name, count) for name, count in column.common if count < MIN_ROWS_OF_CLASS)
    field = _field(column, two=_most_classes(chosen) == 2)
    return Target(column=column, field=field, task=chosen, reason=reason, amounts=False, rare=rare)


def _most_classes(task: TaskName) -> int:
    return len(LISTINGS[task].class_names or ()) or MAX_CLASSES


def _field(column: Column, *, two: bool) -> tuple[Field, str]:
    """How classes are read: of two, which one is true."""
    if column.field.type == "bool" or not two:
        kind = "int" if column.is_whole else "category"
        field = column.field if column.field.type == "bool" else Field(type=kind)
        return msgspec.structs.replace(field, nullable=True), ""
    true, false, reason = positive_class(column.common)
    field = Field(type="bool", nullable=True)
    if _is_plain(field, true=true, false=false):
        return field, ""
    return msgspec.structs.replace(field, true=true, false=false), reason


def _is_plain(field: Field, *, true: str, false: str) -> bool:
    """Whether both answers are read without being declared."""
    read = cell_reader(field)
    try:
        return read(true) is True and read(false) is False
    except BadCell:
        return False


def _refuse_hopeless(column: Column) -> None:
    label = column.name
    if not column.present:
        raise RefusedDraft(
            f"{label} is empty in every row: there is nothing to learn from; fill it in where the answer is known"
        )
    if column.present < MIN_ROWS:
        raise RefusedDraft(
            f"{label} is known in {column.present:,} of {column.rows:,} rows, and a model that can be judged needs "
            f"{MIN_ROWS} at least; add rows, or fill it in where the answer is known"
        )
    if column.distinct == 1:
        raise RefusedDraft(
            f"{label} is {column.common[0][0]!r} in every row that has one: there is nothing to tell apart; add rows "
            "with other answers (the cases where it did not happen too), or choose another --label"
        )
    if column.counts or (
        column.is_whole and column_names.is_identifier(label) and column.share_distinct > 0.5
    ):
        raise RefusedDraft(
            f"{label} counts the rows: it names them, and cannot be predicted; choose another --label"
        )


def _task(column: Column) -> tuple[TaskName, str]:
    kind, distinct = column.field.type, column.distinct
    if kind == "bool" or distinct == 2:
        return "binary", f"{column.name} is one of two values"
    if column.is_words:
        return "multiclass", f"{column.name} is one of {distinct:,} words"
    if kind == "int" and distinct <= _MAX_CLASSES_OF_WHOLE_NUMBERS and _are_classes(column):
        return (
            "multiclass",
            f"{column.name} is one of {distinct} whole numbers; --task regression takes them as amounts",
        )
    return "regression", f"{column.name} is a number with {distinct:,} different values"


def _are_classes(column: Column) -> bool:
    """Whether few whole numbers may be classes: each comes often enough."""
    return all(count >= _MIN_ROWS_OF_WHOLE_CLASS for _, count in column.common)


def _refuse_words(column: Column, task: TaskName) -> None:
    if not column.is_number:
        kind = (
            "a time"
            if column.field.type == "timestamp"
            else "words, such as " + repr(column.common[0][0][:40])
        )
        raise RefusedDraft(
            f"{column.name} is {kind}, and --task {task} predicts a number; leave --task out, or choose another --label"
        )


def _refuse_classes(column: Column, task: TaskName) -> None:
    label = column.name
    if column.field.type == "timestamp":
        raise RefusedDraft(
            f"{label} is a time, and a model predicts classes or numbers; make a column of what you want to know, such "
            "as the days until then, and choose it as --label"
        )
    if column.share_distinct > 0.5:
        what = "free text" if column.is_text else "a name of each row"
        raise RefusedDraft(
            f"{label} has {column.distinct:,} different values in {column.present:,} rows: it is {what}, no class; "
            "choose another --label, or one that groups these"
        )
    if column.distinct > MAX_CLASSES:
        raise RefusedDraft(
            f"{label} has {column.distinct:,} different values, and a model tells at most {MAX_CLASSES} classes apart; "
            + ("use --task regression, or " if column.is_number else "")
            + "group them into fewer"
        )
    if column.distinct > _most_classes(task):
        raise RefusedDraft(
            f"{label} has {column.distinct:,} different values, and --task {task} has two; leave --task out, or make a "
            "column that is true or false"
        )
    usable = [count for _, count in column.common if count >= MIN_ROWS_OF_CLASS]
    if len(usable) < 2:
        (name, count) = column.common[1]
        raise RefusedDraft(
            f"{label} is {name!r} in {count} rows, and fewer than {MIN_ROWS_OF_CLASS} of an answer teach nothing that "
            "could be judged; add rows with that answer"
        )
