"""The decisions of a draft in their order, each made by the module that knows about it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from keepfit.definitions.drafting import class_leaks, column_names, regression_leaks, uninformative
from keepfit.definitions.drafting.draft import Choice, Draft, DraftedColumn, Wishes
from keepfit.definitions.drafting.entities import entity_of, unlearnable
from keepfit.definitions.drafting.event_time import event_time_of, later_times
from keepfit.definitions.drafting.gap_leaks import leaks_of_gaps
from keepfit.definitions.drafting.roles import Roles
from keepfit.definitions.drafting.sample import Sample
from keepfit.definitions.drafting.split_and_gates import gates_of, split_of
from keepfit.definitions.drafting.table import Column, Table
from keepfit.definitions.drafting.target import Target
from keepfit.errors import RefusedDraft


def decide(
    table: Table, sample: Sample, target: Target, wishes: Wishes, *, name: str, file: str, at: datetime
) -> Draft:
    """The definition that a table and a person's wishes make.

    Args:
        table: all columns, the label among them.
        sample: rows in which columns are compared.
        target: what is predicted.
        wishes: what a person has decided already.
        name: of the dataset and the model.
        file: what the table was read from, for the reader.
        at: when this is decided.

    Raises:
        RefusedDraft: no input is left, or a wish cannot be fulfilled.
    """
    roles = Roles(table, target, keep=wishes.keep)
    roles.leave_out((column, "as you asked") for column in wishes.leave_out)
    roles.leave_out(uninformative.constants(table))
    roles.leave_out(uninformative.identifiers(table))
    happened = _event_time(table, sample, wishes, at)
    if happened:
        roles.leave_out(later_times(table, sample, str(happened.value), roles.inputs))
    warnings = list(_leave_out_leaks(roles, table, sample, target))
    roles.leave_out(uninformative.copies(table, sample, roles.inputs))
    entity = entity_of(table, wishes.entity, label=target.column.name)
    if entity and (few := unlearnable(entity)):
        roles.leave_out([few])
    _refuse_nothing_left(roles, table, target)
    event_time = table.columns[str(happened.value)] if happened else None
    split = split_of(sample, target, event_time, entity)
    key = _key(table)
    for choice in filter(None, (happened, key)):
        roles.need(choice.value[0] if isinstance(choice.value, list) else str(choice.value))
    if entity and str(split.value).startswith("group:"):
        roles.need(entity.name)
    drafted = roles.drafted()
    return Draft(
        name=name,
        file=file,
        rows=table.rows,
        labelled_rows=target.column.present,
        columns=drafted,
        choices=[
            *filter(None, (_encoding(table), happened, key)),
            *_model(target, name),
            split,
            *gates_of(target),
        ],
        warnings=[*warnings, *_doubts(table, drafted), *_shortcomings(table, target)],
    )


def _event_time(table: Table, sample: Sample, wishes: Wishes, at: datetime) -> Choice | None:
    if wishes.timeless:
        return None
    column, reason = event_time_of(table, sample, wishes.time, at=at)
    if column is None:
        return None
    return Choice(table="dataset", key="event_time", value=column.name, reason=reason)


def _encoding(table: Table) -> Choice | None:
    if table.encoding is None:
        return None
    reason = "the file is no UTF-8, and most such files are Western European: look at its accents"
    return Choice(table="dataset", key="encoding", value=table.encoding, reason=reason)


def _key(table: Table) -> Choice | None:
    """The column that names rows in every file, so that a corrected row replaces the one before it."""
    for name, column in table.columns.items():
        unique = column.distinct == column.rows == column.present
        if (
            unique
            and not column.counts
            and column_names.is_identifier(name)
            and column.field.type in ("int", "category")
        ):
            return Choice(
                table="dataset",
                key="key",
                value=[name],
                reason="no two rows share it: a row that is uploaded again replaces the one before it",
            )
    return None


def _model(target: Target, name: str) -> Iterator[Choice]:
    yield Choice(table="model", key="task", value=target.task, reason=target.reason)
    yield Choice(table="model", key="dataset", value=name, reason="")
    yield Choice(table="model", key="label", value=target.column.name, reason=_answers(target.column))


def _answers(column: Column) -> str:
    """The most common answers, or the range of a number."""
    if len(column.common) > 10 and column.least is not None and column.most is not None:
        return f"from {column.least:g} to {column.most:g}"
    shown = [f"{value[:30]} in {count:,} rows" for value, count in column.common[:4]]
    more = column.distinct - len(shown)
    return ", ".join(shown) + (f", {more:,} more" if more > 0 else "")


def _leave_out_leaks(roles: Roles, table: Table, sample: Sample, target: Target) -> Iterator[str]:
    """Takes leaks out of the inputs, and warns of what is nearly one."""
    label = target.column.name
    roles.leave_out(leaks_of_gaps(sample, roles.inputs, label))
    if not target.amounts:
        fits = class_leaks.single_column_fits(table, sample, roles.inputs)
        roles.leave_out(class_leaks.leaks_of_classes(table, sample, fits, label))
        strong = {name: f"in {fits[name].right}" for name in class_leaks.strong_of_classes(fits)}
    else:
        roles.leave_out(regression_leaks.leaks_of_numbers(table, sample, roles.inputs, label))
        numbers = [name for name in roles.inputs if table.columns[name].is_number]
        roles.leave_out(regression_leaks.parts_of_number(sample, numbers, label))
        strong = {
            name: f"nearly always (correlation {correlation:.3f})"
            for name, correlation in regression_leaks.strong_of_numbers(table, sample, roles.inputs)
        }
    for name in [name for name in strong if name in roles.inputs]:
        yield f"{name} alone tells {label} {strong[name]}: --leave-out {name} unless it is known before {label} is"


def _refuse_nothing_left(roles: Roles, table: Table, target: Target) -> None:
    if roles.inputs:
        return
    label = target.column.name
    if len(table.columns) < 2:
        raise RefusedDraft(
            f"the file has no column beside {label}: there is nothing to predict it from; add columns"
        )
    reasons = "; ".join(
        f"{column.name} {column.reason}" for column in roles.drafted() if column.use == "left out"
    )
    raise RefusedDraft(
        f"nothing is left to predict {label} from: {reasons[:600]}; --keep COLUMN keeps one all the same"
    )


def _doubts(table: Table, drafted: Iterable[DraftedColumn]) -> Iterator[str]:
    for name in (column.name for column in drafted if column.use != "left out"):
        if doubt := table.columns[name].doubt:
            yield f"{name}: {doubt}"


def _shortcomings(table: Table, target: Target) -> Iterator[str]:
    if target.rare:
        rare = ", ".join(f"{name[:30]} ({count})" for name, count in target.rare[:5])
        yield f"too few rows have {rare}: such answers are hardly ever learned"
    if table.unreadable:
        yield f"{table.unreadable:,} records of the file cannot be read"
