"""Keys of a field that would take texts which it does not take as it is declared."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Any, NamedTuple

import msgspec

from keepfit.features.schema.blanks import stripped
from keepfit.features.schema.cells import cell_reader
from keepfit.features.schema.definition import Field
from keepfit.features.schema.registry import MODULES
from keepfit.features.schema.time_formats import (
    CLOCKS,
    DATES,
    DAY_OR_MONTH_FIRST,
    EPOCHS,
    MONTHS,
    OF_PROGRAMS,
)
from keepfit.features.schema.types.base import BadCell, type_of
from keepfit.features.schema.words import words

Keys = dict[str, Any]
Texts = Mapping[str, int]

# What says that there is no value is a short word, and always the same few.
_MAX_WORDS, _MAX_WORD_LENGTH = 5, 20
# A number that is out of bounds, and always the same, says it too.
_MIN_TIMES = 3
_MAX_FORMATS = 3
_TIMES = (
    *(date + clock for clock in CLOCKS for date in (*chain(*DAY_OR_MONTH_FIRST), *DATES, "%Y%m%d")),
    *MONTHS,
    *OF_PROGRAMS,
    "%Y",
)
_NUMBERS: tuple[Keys, ...] = (
    {"decimal": ","},
    *({"thousands": mark} for mark in (",", " ", "'")),
    *({"decimal": ",", "thousands": mark} for mark in (".", " ", "'")),
)


class Candidate(NamedTuple):
    """Keys that would take texts, and others that would take as many as other values."""

    keys: Keys
    otherwise: list[Keys]


def candidate(field: Field, texts: Texts, *, good: bool) -> Candidate | None:
    """The keys that would take most of the ``texts`` that a field does not take; None where none is known.

    Args:
        field: as it is declared.
        texts: how often each occurs, as read from the file.
        good: whether it takes other cells of the column.

    >>> candidate(Field(type="timestamp"), {"13/01/2025": 2, "?": 1}, good=False).keys
    {'format': '%d/%m/%Y', 'missing': ['?'], 'nullable': True}
    """
    taken = _read(msgspec.structs.replace(field, nullable=True), texts)
    texts = {stripped(text): times for text, times in texts.items() if text not in taken}
    kind = type_of(field.type)
    if "true" in kind.keys and not good and len(texts) == 2:
        return _truths(*texts)
    no_values = [] if kind.expression == "text" else _no_values(texts, has_words="true" in kind.keys)
    rest = {text: times for text, times in texts.items() if text not in no_values}
    chosen = _written_otherwise(field, rest, good=good) if rest else Candidate({}, [])
    if chosen is None and kind.is_number and _out_of_bounds(field, rest):
        if len(rest) > 1 or min(rest.values()) < _MIN_TIMES:
            rest = {}
        no_values, chosen = [*no_values, *rest], Candidate({}, [])
    if chosen is None and "true" in kind.keys and len(texts) == 1:
        return None  # one word says of a column of two words nothing
    if chosen is None or len(no_values) > _MAX_WORDS:
        return _other_type(field, texts, good=good) or (chosen if chosen and chosen.keys else None)
    if not no_values:
        return chosen if chosen.keys else None
    more = {"missing": no_values, **({} if field.nullable else {"nullable": True})}
    return Candidate({**chosen.keys, **more}, [{**keys, **more} for keys in chosen.otherwise])


def _no_values(texts: Texts, *, has_words: bool) -> list[str]:
    """Short texts without a digit, which look like words for no value.

    Where values are words, they have no letter either.
    """
    is_value = str.isalnum if has_words else str.isdigit
    return [text for text in texts if len(text) <= _MAX_WORD_LENGTH and not any(map(is_value, text))]


def _out_of_bounds(field: Field, texts: Texts) -> bool:
    unbounded = msgspec.structs.replace(field, min=None, max=None)
    return len(_read(unbounded, texts)) == len(texts)


def _truths(first: str, second: str) -> Candidate:
    return Candidate({"true": first, "false": second}, [{"true": second, "false": first}])


def _written_otherwise(field: Field, texts: Texts, *, good: bool) -> Candidate | None:
    """The keys of the field's own type that would take most, and at least half."""
    kind = type_of(field.type)
    if "format" in kind.keys:
        return _formats(field, texts, good=good)
    if "decimal" not in kind.keys:
        return None
    return _best(field, _NUMBERS, texts)


def _formats(field: Field, texts: Texts, *, good: bool) -> Candidate | None:
    declared = words(field.format) or (("iso",) if good else ())
    forms = [*_TIMES]
    if all(map(str.isdigit, texts)):
        lengths = {*map(len, texts)}
        forms += [epoch for epoch, usual in EPOCHS.items() if lengths <= {*usual}]
    best = _best(field, [_format([*declared, form]) for form in forms], texts)
    if best is None or best.otherwise:
        return best
    formats, rest = list(words(best.keys["format"])), dict(texts)
    while len(formats) < len(declared) + _MAX_FORMATS:
        reads = _read(msgspec.structs.replace(field, **_format(formats)), rest)
        rest = {text: times for text, times in rest.items() if text not in reads}
        more = _best(field, [_format([*formats, form]) for form in forms], rest) if rest else None
        if more is None:
            break
        formats = list(words(more.keys["format"]))
    return Candidate(_format(formats), [])


def _format(formats: list[str]) -> Keys:
    return {"format": formats[0] if len(formats) == 1 else formats}


def _best(field: Field, possible: Iterable[Keys], texts: Texts) -> Candidate | None:
    """Of what takes most texts, and at least half, that with the fewest keys and all that differ from it."""
    found: list[tuple[int, int, Keys, dict[str, Any]]] = []
    for keys in possible:
        reads = _read(msgspec.structs.replace(field, **keys), texts)
        weight = sum(texts[text] for text in reads)
        if 2 * weight >= sum(texts.values()):
            found.append((-weight, len(keys), keys, reads))
    found.sort(key=lambda one: one[:2])
    best = [one for one in found if one[:2] == found[0][:2]]
    if not best:
        return None
    different: list[tuple[Keys, dict[str, Any]]] = []
    for *_, keys, reads in best:
        if all(reads != other for _, other in different):
            different.append((keys, reads))
    return Candidate(different[0][0], [keys for keys, _ in different[1:]])


def _other_type(field: Field, texts: Texts, *, good: bool) -> Candidate | None:
    """Another type that takes all the texts, and what the field takes now."""
    now = type_of(field.type)
    for name in MODULES:
        other = Field(type=name, nullable=True)
        wider = type_of(name).expression == now.expression
        if name != field.type and (wider or not good) and len(_read(other, texts)) == len(texts):
            return Candidate({"type": name}, [])
    return None


def _read(field: Field, texts: Texts) -> dict[str, Any]:
    """The texts that a field takes, with their values."""
    return dict(_values(field, texts))


def _values(field: Field, texts: Texts) -> Iterator[tuple[str, Any]]:
    if any(type_of(field.type).mistakes(field)):
        return
    read = cell_reader(field)
    for text in texts:
        try:
            yield text, read(text)
        except BadCell:
            continue
