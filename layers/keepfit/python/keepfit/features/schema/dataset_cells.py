"""The forms of the cells of a dataset, with every word that holds no value in them."""

from __future__ import annotations

import msgspec
from msgspec import UNSET

from keepfit.features.schema.definition import DatasetDefinition, Field
from keepfit.features.schema.types.base import type_of
from keepfit.features.schema.words import words


def cells_of(dataset: DatasetDefinition) -> dict[str, Field]:
    """The fields of a dataset with every word that says in them that there is no value."""
    return {name: _with_words(field, words(dataset.missing)) for name, field in dataset.fields.items()}


def _with_words(field: Field, everywhere: tuple[str, ...]) -> Field:
    own = words(field.missing)
    if field.missing is UNSET and field.nullable:  # what is always there needs no word for not being there
        own = type_of(field.type).usual_missing
    return msgspec.structs.replace(field, missing=[*own, *everywhere]) if own or everywhere else field
