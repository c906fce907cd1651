"""Signs a training set: the columns that its model reads, with their vocabularies."""

from __future__ import annotations

import msgspec
import numpy as np
import numpy.typing as npt
from msgspec import UNSET

from keepfit.application.ports import TrainingRows
from keepfit.definitions.compiled_model import CompiledModel
from keepfit.evaluation.metrics.base import Labels
from keepfit.evaluation.tasks.base import TrainingTask
from keepfit.features.encoding.calendar import PARTS, parts_that_return
from keepfit.features.encoding.vocabulary import fit_vocabulary
from keepfit.features.expressions.python_row import accesses_of, columns_of
from keepfit.features.online.lookups import lookup_of
from keepfit.features.schema.cell_form import CellForm, FieldType
from keepfit.features.schema.dataset_cells import cells_of
from keepfit.features.schema.definition import Field
from keepfit.features.schema.signature import Column, Lookup, Signature, Source
from keepfit.features.schema.types.base import type_of

# Whose clocks an instant is read on, where nothing is derived from it.
_ZONE = "UTC"


def sign(compiled: CompiledModel, rows: TrainingRows, task: TrainingTask, labels: Labels) -> Signature:
    """The signature of a model trained on ``rows``, with vocabularies of the training part.

    ``labels`` are those of the training part.
    """
    spine, inputs = compiled.spine, compiled.definition.inputs

    def rank(codes: npt.NDArray[np.int64], categories: int) -> npt.NDArray[np.float64]:
        return task.rank_categories(codes, categories, labels)

    def vocabulary(name: str, kind: FieldType) -> list[str] | None:
        return fit_vocabulary(rows.column("train", name), rank) if type_of(kind).encoding == "code" else None

    sent = cells_of(compiled.spine)
    own = [column.expression for column in compiled.derived.values() if not column.by_default]
    derived_from = {name for tree in own for name in columns_of(tree)}
    hold_json = {name for tree in own for name, _ in accesses_of(tree)}
    columns = [
        _sent(name, "input", sent[name], vocabulary(name, sent[name].type), derives=name in derived_from)
        for name in inputs
    ]
    # Nothing may be known of an entity, whatever its dataset says of the field.
    columns += [
        _sent(name, "feature", field, vocabulary(name, field.type))
        for name, field in compiled.feature_fields.items()
    ]
    columns = [_only_derived_from(column) if column.name in hold_json else column for column in columns]
    columns = [column if column.calendar is None else _with_parts(column, rows) for column in columns]
    for name, derived in compiled.derived.items():
        values = vocabulary(name, derived.type)
        columns.append(
            Column(
                name=name,
                source="derived",
                type=derived.type,
                nullable=True,
                expression=derived.expression,
                vocabulary=values,
            )
        )
    event_time = spine.event_time if spine.event_time in inputs else None
    return Signature(
        model=compiled.name,
        label=compiled.definition.label,
        event_time=event_time,
        columns=columns,
        task=task.spec,
        lookups=_lookups(compiled, sent) or UNSET,
    )


def _with_parts(column: Column, rows: TrainingRows) -> Column:
    parts = parts_that_return(rows.column("train", column.name))
    return column if parts == PARTS else msgspec.structs.replace(column, parts=list(parts))


def _only_derived_from(column: Column) -> Column:
    """A text of JSON, whose words say less than the values in it; a category is read itself, too."""
    unread = type_of(column.type).encoding == "text"
    return msgspec.structs.replace(column, read=False) if unread else column


def _lookups(compiled: CompiledModel, sent: dict[str, Field]) -> list[Lookup]:
    views = {name: compiled.views[name] for name in compiled.definition.lookup or ()}
    return [
        lookup_of(
            name,
            view,
            compiled.datasets[view.dataset],
            forms={**sent},
            features=[feature.field for feature in compiled.features if feature.view == name],
        )
        for name, view in views.items()
    ]


def _sent(
    name: str, source: Source, form: CellForm, vocabulary: list[str] | None, *, derives: bool = True
) -> Column:
    on_a_calendar = type_of(form.type).is_instant and not derives
    return Column(
        name=name,
        source=source,
        vocabulary=vocabulary,
        calendar=(form.timezone or _ZONE) if on_a_calendar else None,
        **{key: getattr(form, key) for key in CellForm.__struct_fields__},
    )
