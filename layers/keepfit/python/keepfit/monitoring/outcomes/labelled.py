"""Requests with their outcomes as rows of a model's dataset, ready to be uploaded and learned from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from keepfit.errors import InvalidRequest
from keepfit.features.schema.definition import DatasetDefinition, Field
from keepfit.features.schema.nested import column_of, is_nested


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledColumns:
    """The columns of such rows by the headers that the dataset reads.

    Args:
        inputs: by field, what requests hold.
        headers: of the inputs, by field.
        label: the header of what came true.
        event_time: the header of when the row happened; None where an input says that, or rows have no time.
        known_at: the header of when the outcome was known; None where the dataset does not say.
        blank: the headers of fields that requests do not hold.
    """

    inputs: Mapping[str, Field]
    headers: Mapping[str, str]
    label: str
    event_time: str | None
    known_at: str | None
    blank: Sequence[str]


def labelled_columns(
    name: str, dataset: DatasetDefinition, sent: Sequence[str], label: str
) -> LabelledColumns:
    """The columns for rows of the dataset called ``name``, of requests that hold the fields ``sent``.

    Raises:
        InvalidRequest: a row of the dataset is more than a request, an outcome and two times.
    """
    fields = dataset.fields
    made = {label, dataset.event_time, dataset.known_at, *sent}
    others = [field for field in fields if field not in made]
    missing = [field for field in others if not fields[field].nullable]
    if missing:
        raise InvalidRequest(
            f"rows of [dataset.{name}] need {', '.join(missing)}, which requests do not hold: let them be nullable",
            code="no_rows",
        )
    nested = [field for field in [*sent, label] if is_nested(fields[field])]
    if nested:
        raise InvalidRequest(
            f"{', '.join(nested)} of [dataset.{name}] stand inside of nested columns, which requests do not hold",
            code="no_rows",
        )

    def header(field: str | None) -> str | None:
        return column_of(field, fields[field]) if field is not None and field not in sent else None

    event_time, known_at = header(dataset.event_time), header(dataset.known_at)
    return LabelledColumns(
        inputs={field: fields[field] for field in sent},
        headers={field: column_of(field, fields[field]) for field in sent},
        label=column_of(label, fields[label]),
        event_time=event_time,
        known_at=None if known_at == event_time else known_at,
        blank=[column_of(field, fields[field]) for field in others],
    )
