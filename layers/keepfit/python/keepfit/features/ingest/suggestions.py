"""Suggests keys of the definition that would take cells which do not fit, and counts the cells."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

import msgspec
from msgspec import UNSET

from keepfit.features.ingest.checked_rows import Checked
from keepfit.features.ingest.key_candidates import Candidate, Keys, candidate
from keepfit.features.ingest.report import Flaw, Suggestion
from keepfit.features.ingest.undecoded import LIKELY, undecoded
from keepfit.features.io.columns import near_names
from keepfit.features.schema.definition import DatasetDefinition, Field
from keepfit.features.schema.nested import column_of
from keepfit.features.schema.types.base import type_of
from keepfit.features.schema.words import words

_MAX_FIELDS = 50


def suggestions(
    checked: Checked,
    flaws: Iterable[Flaw],
    *,
    fields: Mapping[str, Field],
    dataset: DatasetDefinition,
    unread: Sequence[str],
) -> list[Suggestion]:
    """Keys for the columns that are named otherwise, for the encoding, and for every field with bad cells.

    Args:
        checked: the rows.
        flaws: what is wrong with them.
        fields: how the dataset's fields read cells.
        dataset: what is declared.
        unread: the columns that no field reads.
    """
    found = list(_renamed(checked, fields, unread))
    lines = sum(flaw.rows for flaw in undecoded(flaws))
    if lines and dataset.encoding is UNSET:
        found.append(Suggestion(field=None, keys={"encoding": LIKELY}, cells=lines))
    flawed = dict.fromkeys(flaw.field for flaw in flaws if flaw.field in fields)
    for name in [name for name in flawed if name is not None][:_MAX_FIELDS]:
        always = (dataset.event_time, *dataset.key)
        suggestion = _of_field(checked, name, fields[name], dataset.fields[name], always)
        if suggestion is not None:
            found.append(suggestion)
    return found


def _renamed(checked: Checked, fields: Mapping[str, Field], unread: Sequence[str]) -> Iterator[Suggestion]:
    for name in sorted(checked.absent):
        near = near_names(column_of(name, fields[name]), unread)
        if near and not fields[name].path:
            first, *others = ({"column": column} for column in near)
            yield Suggestion(field=name, keys=first, otherwise=others)


def _of_field(
    checked: Checked, name: str, field: Field, declared: Field, always: Collection[str | None]
) -> Suggestion | None:
    """Keys for one field; one that is there ``always`` may not become nullable."""
    texts = checked.bad_texts(name)
    written = {text: times for text, times in texts.items() if text is not None}
    chosen = candidate(field, written, good=checked.good(name) > 0) if written else None
    if chosen and chosen.keys.get("decimal") == "," and not _may_have_comma(checked, name, field, chosen):
        chosen = None
    keys = dict(chosen.keys) if chosen else {}
    if (None in texts or _is_word(field, written)) and not field.nullable:
        keys["nullable"] = True
    if name in always:
        keys = {key: value for key, value in keys.items() if key not in ("nullable", "missing")}
    cells = checked.would_take(name, _with(field, keys)) - checked.would_take(name, field) if keys else 0
    if cells <= 0:
        return None
    otherwise = [{**keys, **other} for other in chosen.otherwise] if chosen else []
    shown = [_declaring(declared, one) for one in (keys, *otherwise)]
    return Suggestion(field=name, keys=shown[0], cells=cells, otherwise=shown[1:])


def _is_word(field: Field, texts: Iterable[str]) -> bool:
    """Whether one of the texts says that there is no value."""
    is_missing = type_of(field.type).missing_test(field)
    return any(map(is_missing, texts))


def _may_have_comma(checked: Checked, name: str, field: Field, chosen: Candidate) -> bool:
    """Whether no cell was read that has a point for its fraction; one that parts thousands looks the same."""
    return (
        not type_of(field.type).is_number
        or "thousands" in chosen.keys
        or not checked.good(name, "{v} <> floor({v})")
    )


def _with(field: Field, keys: Keys) -> Field:
    if "type" in keys:
        return Field(**{"nullable": field.nullable, "missing": field.missing, **keys})
    return msgspec.structs.replace(field, **_declaring(field, keys))


def _declaring(field: Field, keys: Keys) -> Keys:
    """The keys as a field declares them, whose own words for no value stay."""
    missing = [*words(field.missing), *keys.get("missing", ())]
    return {**keys, "missing": missing} if "missing" in keys else keys
