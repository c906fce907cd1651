"""Formats of times, as strptime has them: one pattern says what is taken, in Python as in DuckDB."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from typing import Final

from keepfit.features.sql_literals import text as literal

_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
# Two digits of a year: 69 is 1969, and 68 is 2068.
_PIVOT = 69
_ZERO_OR_NOT = "0?"


def _any_case(names: tuple[str, ...]) -> str:
    """A pattern for names in any capitals, without flags, which would take look-alike letters."""
    return "|".join("".join(f"[{c.upper()}{c.lower()}]" for c in name) for name in names)


_SHORT_MONTHS, _SHORT_DAYS = tuple(name[:3] for name in _MONTHS), tuple(name[:3] for name in _DAYS)
_PATTERNS: Final = {
    "Y": "[1-9][0-9]{3}",
    "y": "[0-9]{2}",
    "m": f"{_ZERO_OR_NOT}[1-9]|1[0-2]",
    "d": f"{_ZERO_OR_NOT}[1-9]|[12][0-9]|3[01]",
    "b": _any_case(_SHORT_MONTHS),
    "B": _any_case(_MONTHS),
    "a": _any_case(_SHORT_DAYS),
    "A": _any_case(_DAYS),
    "H": f"{_ZERO_OR_NOT}[0-9]|1[0-9]|2[0-3]",
    "I": f"{_ZERO_OR_NOT}[1-9]|1[0-2]",
    "M": "[0-5][0-9]",
    "S": "[0-5][0-9]",
    "f": "[0-9]{1,6}",
    "p": "[aApP][mM]",
    "z": "Z|[+-](?:[01][0-9]|2[0-3]):?[0-5][0-9]",
}
_DIGITS = "YymdHIMSf"
_ONE_OF = (("Y", "y"), ("m", "b", "B"), ("a", "A"), ("H", "I"))


class TimeFormat:
    """One format. Directives may have one digit where another sign follows, and two where digits do.

    Raises:
        ValueError: a directive that is not known, twice there, or of no use without another; says which.
    """

    def __init__(self, text: str) -> None:
        parts = list(_parts(text))
        self._directives = [part for part, is_literal in parts if not is_literal]
        _refuse(self._directives, parts)
        self.pattern = "".join(
            re.escape(part) if is_literal else f"({_pattern(part, parts, place)})"
            for place, (part, is_literal) in enumerate(parts)
        )
        self._match = re.compile(self.pattern).fullmatch
        self._format = text
        self.has_offset = "z" in self._directives

    def read(self, text: str) -> datetime | None:
        """The time, aware where it has an offset; None where the text is not of this format, or no day at all."""
        match = self._match(text)
        if match is None:
            return None
        found = dict(zip(self._directives, match.groups(), strict=True))
        try:
            return datetime(
                _year(found),
                _month(found),
                int(found.get("d", 1)),
                _hour(found),
                int(found.get("M", 0)),
                int(found.get("S", 0)),
                int(found.get("f", "0").ljust(6, "0")),
                tzinfo=_offset(found["z"]) if "z" in found else None,
            )
        except ValueError:
            return None

    def sql(self, text: str, localized: Callable[[str], str]) -> str:
        """``read`` as SQL of type TIMESTAMPTZ; ``localized`` makes one of the SQL of a TIMESTAMP."""
        read = text
        if self.has_offset:  # DuckDB reads no Z
            read = f"regexp_replace({text}, 'Z$', '+00:00')"
        time = f"try_strptime({read}, {literal(self._format)})"
        return (
            f"CASE WHEN regexp_full_match({text}, {literal(self.pattern)}) "
            f"THEN {time if self.has_offset else localized(time)} END"
        )

    def write(self, time: datetime) -> str:
        """A time in this format."""
        return time.strftime(self._format)


time_format = lru_cache(TimeFormat)


def _parts(text: str) -> Iterator[tuple[str, bool]]:
    """The directives, and what stands between them as literals."""
    for match in re.finditer(r"%(.)|%()$|([^%]+)", text, re.DOTALL):
        directive, literally = match[1], match[3]
        if literally is not None:
            yield literally, True
        elif directive == "%":
            yield "%", True
        elif directive in _PATTERNS:
            yield directive, False
        else:
            known = " ".join(f"%{name}" for name in _PATTERNS)
            raise ValueError(f"has %{directive or ''}, and what is known is {known}")


def _refuse(directives: list[str], parts: list[tuple[str, bool]]) -> None:
    for group in _ONE_OF:
        if sum(directives.count(one) for one in group) > 1:
            raise ValueError(
                f"has {' and '.join(f'%{one}' for one in group if one in directives)} more than once"
            )
    for one in directives:
        if directives.count(one) > 1:
            raise ValueError(f"has %{one} more than once")
    if not {"Y", "y"} & {*directives}:
        raise ValueError("has no year, %Y or %y")
    if ("I" in directives) != ("p" in directives):
        raise ValueError("has one of %I and %p, and needs both")
    if "z" in directives and parts[-1] != ("z", False):
        raise ValueError("has %z, which must be its end")


def _pattern(directive: str, parts: list[tuple[str, bool]], place: int) -> str:
    beside = [parts[at] for at in (place - 1, place + 1) if 0 <= at < len(parts)]
    crowded = any(
        (part[0].isdigit() or part[-1].isdigit()) if is_literal else part in _DIGITS
        for part, is_literal in beside
    )
    pattern = _PATTERNS[directive]
    return pattern.replace(_ZERO_OR_NOT, "0") if crowded else pattern


def _year(found: dict[str, str]) -> int:
    if "Y" in found:
        return int(found["Y"])
    year = int(found["y"])
    return year + (1900 if year >= _PIVOT else 2000)


def _month(found: dict[str, str]) -> int:
    name = found.get("b") or found.get("B")
    return _SHORT_MONTHS.index(name[:3].capitalize()) + 1 if name else int(found.get("m", 1))


def _hour(found: dict[str, str]) -> int:
    if "I" in found:
        return int(found["I"]) % 12 + (12 if found["p"] in ("pm", "PM", "Pm", "pM") else 0)
    return int(found.get("H", 0))


def _offset(text: str) -> timezone:
    if text == "Z":
        return UTC
    minutes = 60 * int(text[1:3]) + int(text[-2:])
    return timezone(timedelta(minutes=-minutes if text[0] == "-" else minutes))
