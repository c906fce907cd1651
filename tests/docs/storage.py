"""The keys that docs/reference/storage.md lists, as patterns."""

from __future__ import annotations

import re
from collections.abc import Iterable

from tests.docs.pages import Page

_CODE = re.compile(r"`([^`]+)`")
_FOLDERS = {"runs/<model>/<run>/…": "A run's folder", "models/<model>/<version>/…": "A version's folder"}


def undocumented(heading: str, keys: Iterable[str]) -> list[str]:
    """The keys of a bucket, or of the table as "pk sk", that no row below ``heading`` describes."""
    patterns = [_pattern(key) for key in _described(heading)]
    return [key for key in keys if not any(pattern.fullmatch(key) for pattern in patterns)]


def unseen(heading: str, keys: Iterable[str]) -> list[str]:
    """The rows below ``heading`` that describe none of the keys."""
    known = list(keys)
    return [row for row in _described(heading) if not any(map(_pattern(row).fullmatch, known))]


def _described(heading: str) -> list[str]:
    page = Page.read("docs/reference/storage.md")
    if heading == "Registry table":
        return [f"{pk.strip('`')} {sk.strip('`')}" for pk, sk, *_ in page.rows(heading)]
    described = []
    for cell, *_ in page.rows(heading):
        for key in _CODE.findall(cell):
            files = page.rows(_FOLDERS[key]) if key in _FOLDERS else []
            named = [name for row in files for name in _CODE.findall(row[0])]
            described += [key.replace("…", name) for name in named] or [key]
    return described


def _pattern(described: str) -> re.Pattern[str]:
    escaped = re.sub(r"<\w+>", "[^/ ]+", re.escape(described).replace("YYYY/MM/DD/HH", r"\d{4}(/\d\d){3}"))
    return re.compile(escaped.replace("…", ".+"))
