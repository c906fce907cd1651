"""What a training set is said to be: the rows that train, the newest that judge, and where they were cut."""

from __future__ import annotations

from datetime import datetime

import msgspec

from keepfit.errors import EmptyWindow
from keepfit.instants import to_iso
from keepfit.training.definition import TrainingDefinition


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """Rows counted: how many, how many of them true, and from when to when (None where there is no row)."""

    rows: int
    true: int
    first_event: datetime | None
    last_event: datetime | None


def describe(train: Span, holdout: Span, *, available: int, split_at: datetime) -> dict[str, object]:
    """training_set.json of rows that can train and judge.

    ``available`` rows lie before ``split_at``; ``train`` may be a sample of them.

    Raises:
        EmptyWindow: no row on one side, or only one label.
    """
    for name, span in (("training", train), ("holdout", holdout)):
        if span.true in (0, span.rows):
            raise EmptyWindow(
                f"the {name} part has {span.rows} labelled rows, {span.true} of them true: nothing can be told "
                "apart; upload more data, or make window or holdout longer"
            )
    return {
        "rows": train.rows,
        "available_rows": available,
        "holdout_rows": holdout.rows,
        "split_at": to_iso(split_at),
        "first_event": train.first_event,
        "last_event": holdout.last_event,
        "label_rate": train.true / train.rows,
        "holdout_label_rate": holdout.true / holdout.rows,
    }


def enough(rows: int, definition: TrainingDefinition) -> None:
    """Raises EmptyWindow where there are fewer labelled rows than the definition asks for."""
    if rows < definition.minimum_rows:
        raise EmptyWindow(
            f"{rows} labelled rows in the last {definition.window}, and training.minimum_rows is "
            f"{definition.minimum_rows}: upload more data, or ask for less"
        )
