"""A model's signature: all that turns an instance into the row of numbers that the model reads."""

from __future__ import annotations

from functools import cached_property
from typing import Any, Literal

import msgspec
from msgspec import UNSET, UnsetType

from keepfit.errors import InvalidModel
from keepfit.features.schema.cell_form import CellForm
from keepfit.features.schema.fitted import TargetMeans, TextScores
from keepfit.features.schema.types.base import type_of
from keepfit.tasks.spec import BINARY, TaskSpec

Source = Literal["input", "feature", "derived"]


class Column(CellForm, frozen=True, kw_only=True):
    """A column of a model: an instance's field (input or feature), or a derived value.

    Args:
        vocabulary: a category's known values, the one of code 2 first.
        expression: a derived column's tree.
        calendar: the zone on whose clocks an instant is read; None for one that only feeds derived columns.
        means: what a category of very many values says of the label; None for one of few.
        text: what a text says of the label; None until a candidate is fitted.
        read: False where the model does not read it itself, but what is derived of it, if anything.
        optional: True where a request may leave it out, and it is missing then.
        parts: those of a calendar that are read of an instant; all of them where unset.
    """

    name: str
    source: Source
    vocabulary: list[str] | None = None
    expression: list[Any] | None = None
    calendar: str | None = None
    means: TargetMeans | None = None
    text: TextScores | None = None
    # Unset where it is as ever, so that signatures of models without a selection stay as they were.
    read: bool | UnsetType = UNSET
    optional: bool | UnsetType = UNSET
    parts: list[str] | UnsetType = UNSET


class LookupWindow(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A feature that is an aggregate of a window; see ``view_definition.AggregateDefinition``.

    ``parameter`` is what the aggregate needs beside the values ``of`` a field, ``where`` the SQL of its filter.
    """

    name: str
    aggregate: str
    window_s: int
    of: str | None = None
    where: str | None = None
    parameter: Any = None


class Lookup(msgspec.Struct, frozen=True, kw_only=True):
    """The lookup of a view's ``features`` for an instance, by the keys of its ``entity``.

    A value counts that was known ``delay_s`` before, and happened no more than ``ttl_s`` before that; of a ``timeless``
    view the one that was uploaded last. The columns of ``entity`` say how a request writes its keys.
    """

    view: str
    entity: list[Column]
    features: list[str]
    delay_s: int
    ttl_s: int
    timeless: bool
    on_outage: Literal["fail", "missing"]
    # Those of the features that are aggregates.
    windows: list[LookupWindow] | UnsetType = UNSET


class Signature(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """The columns of a model in the order of its input row.

    ``event_time`` names the instance's field that says when the event happens, where the model has it as an input.
    ``task`` says what the model's outputs mean; signatures of before there was more than one have none.
    """

    model: str
    label: str
    event_time: str | None
    columns: list[Column]
    task: TaskSpec = BINARY
    # Unset without lookups, so that signatures of before stay as they were.
    lookups: list[Lookup] | UnsetType = UNSET

    @cached_property
    def instance_columns(self) -> tuple[Column, ...]:
        """The columns of a whole instance: inputs and features, timestamps included.

        A client sends or may send each; features of ``lookups`` it may leave to keepfit.
        """
        return tuple(column for column in self.columns if column.source != "derived")

    @cached_property
    def model_columns(self) -> tuple[Column, ...]:
        """The columns that the model reads, in order; see ``features.encoding.numbers``."""
        return tuple(column for column in self.columns if _is_read(column))


def sensitive_inputs(signature: Signature) -> frozenset[str]:
    """The columns of instances whose values no log may hold."""
    return frozenset(column.name for column in signature.instance_columns if column.sensitive)


def _is_read(column: Column) -> bool:
    kind = type_of(column.type)
    return (
        column.read is not False
        and kind.encoding is not None
        and (not kind.is_instant or column.calendar is not None)
    )


def to_json(signature: Signature) -> bytes:
    """Canonical JSON: the same signature is always the same bytes."""
    return msgspec.json.encode(signature, order="deterministic")


def from_json(data: bytes) -> Signature:
    """The inverse of ``to_json``.

    Raises:
        InvalidModel: bytes that are no signature.
    """
    try:
        return msgspec.json.decode(data, type=Signature)
    except msgspec.MsgspecError as error:
        raise InvalidModel(f"signature.json cannot be read: {error}; build the training set again") from error
