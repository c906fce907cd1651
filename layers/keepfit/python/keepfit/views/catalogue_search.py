"""Searches the catalogue: entries in which every word occurs, the best match first."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec

from keepfit.views.catalogue import Entry, Known, read_catalogue, texts_of

# A word in a name says more than the same word in the description of a field.
_WEIGHTS: Final[Mapping[str, int]] = {
    "name": 8,
    "tag": 6,
    "field": 4,
    "owner": 4,
    "description": 3,
    "field description": 2,
    "unit": 2,
}
_ALL, _WHOLE, _BEGINS, _WITHIN = 4, 3, 2, 1
"""How many times as much a word counts that is all of a text, one of its words, or the beginning of one."""


class Match(msgspec.Struct, frozen=True, kw_only=True):
    """An entry that was found, the larger ``score`` the better, and where the words stand: (place, text)."""

    entry: Entry
    score: int
    found: list[tuple[str, str]]


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """The matches of ``words``, the best first; without any, ``instead`` are like words that occur."""

    words: list[str]
    matches: list[Match]
    instead: list[str] = []


def search(known: Known, words: Sequence[str]) -> Found:
    """The entries in which each of the words occurs, in capital or small letters."""
    wanted = [word.casefold() for word in words if word.strip()]
    texts = {entry.name + entry.kind: (entry, [*texts_of(known, entry)]) for entry in read_catalogue(known)}
    matches = [match for entry, said in texts.values() if (match := _match(entry, said, wanted))]
    matches.sort(key=lambda match: (-match.score, match.entry.name))
    instead = [] if matches else _alike(wanted, (text for _, said in texts.values() for _, text in said))
    return Found(words=[*words], matches=matches, instead=instead)


def _match(entry: Entry, said: Sequence[tuple[str, str]], wanted: Sequence[str]) -> Match | None:
    score, found = 0, []
    for word in wanted:
        hits = [(place, text, hit) for place, text in said if (hit := _hit(word, text.casefold()))]
        if not hits:
            return None
        place, text, _ = best = max(hits, key=lambda each: _WEIGHTS[each[0]] * each[2])
        score += _WEIGHTS[place] * best[2]
        found.append((place, text))
    return Match(entry=entry, score=score, found=list(dict.fromkeys(found))) if found else None


def _hit(word: str, text: str) -> int:
    """How well a word stands in a text; 0 where it does not."""
    if word not in text:
        return 0
    if word == text:
        return _ALL
    parts = _words(text)
    if word in parts:
        return _WHOLE
    return _BEGINS if any(part.startswith(word) for part in parts) else _WITHIN


def _words(text: str) -> list[str]:
    return "".join(letter if letter.isalnum() else " " for letter in text).split()


def _alike(wanted: Sequence[str], texts: Iterable[str]) -> list[str]:
    known = sorted({word for text in texts for word in _words(text.casefold())})
    return list(
        dict.fromkeys(near for word in wanted for near in difflib.get_close_matches(word, known, n=1))
    )
