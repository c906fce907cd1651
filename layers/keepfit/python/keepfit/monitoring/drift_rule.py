"""The decision that a definition asks for, about windows against one reference."""

from __future__ import annotations

from keepfit.monitoring.definition import MonitoringDefinition
from keepfit.monitoring.drift.compare import predicted
from keepfit.monitoring.drift.decision import Decision, Threshold
from keepfit.monitoring.drift.false_alarm_budget import FalseAlarmBudget
from keepfit.monitoring.profiles.profile import ReferenceProfile


def decision_of(
    definition: MonitoringDefinition, reference: ReferenceProfile, *, minimum_rows: int | None = None
) -> Decision:
    """One threshold for all columns, or a budget of false alarms.

    Args:
        definition: what is declared.
        reference: what windows are compared with.
        minimum_rows: a column with fewer is not judged; as declared where left out.
    """
    least = definition.minimum_rows if minimum_rows is None else minimum_rows
    if definition.false_alarms_per_month is None:
        return Threshold(
            limit=definition.threshold,
            minimum_rows=least,
            ignore=definition.ignore,
            statistic=definition.statistic,
        )
    columns = {**reference.columns, **{predicted(name): each for name, each in reference.outputs.items()}}
    return FalseAlarmBudget(
        per_month=definition.false_alarms_per_month,
        schedule=definition.schedule,
        window=definition.window,
        nulls={name: column.nulls for name, column in columns.items()},
        of_window_seconds=reference.window_seconds,
        reference_rows={name: sum(column.counts) for name, column in columns.items()},
        season=""
        if reference.season is None
        else f", less what each phase of a {reference.season.season} has",
        statistics=definition.statistics,
        minimum_rows=least,
        ignore=definition.ignore,
    )
