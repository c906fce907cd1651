"""Instants between 1900 and 2199: ISO 8601, or as a field declares; in UTC where neither says where."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from itertools import combinations, repeat
from operator import attrgetter
from typing import Any
from zoneinfo import ZoneInfo

from keepfit.features.schema.blanks import stripped_sql
from keepfit.features.schema.cell_form import CellForm
from keepfit.features.schema.types.base import BadCell, Finish, ReadCell, ReadText, ValueType
from keepfit.features.schema.types.epoch_time import EPOCHS, epoch_sql, read_epoch
from keepfit.features.schema.types.iso_time import ISO, ISO_WITH_T, iso_sql, read_iso
from keepfit.features.schema.types.time_format import time_format
from keepfit.features.schema.words import words
from keepfit.features.sql_literals import text as literal
from keepfit.instants import time_zone

EARLIEST, LATEST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)

NOT_AN_INSTANT = "is not an ISO 8601 instant such as 2013-01-31T09:30:00-05:00"
OUTSIDE_TIME = "is not between the years 1900 and 2199"

_ENDS_SQL = [f"TIMESTAMPTZ '{at:%Y-%m-%d} 00:00:00+00'" for at in (EARLIEST, LATEST)]
_FIRST_YEAR, _NO_MORE_YEAR = EARLIEST.year, LATEST.year
_ISO, _ISO_WITH_T = "iso", "iso with T"
_is_iso = re.compile(ISO).fullmatch
_is_usual_end = re.compile(r"\.[0-9]{1,9}Z|(?:\.[0-9]{1,9})?\+00:00").fullmatch
_is_iso_with_t = re.compile(ISO_WITH_T).fullmatch
_TO_THE_SECOND = len("2013-01-31T09:30:00Z")
_SIGNS = ((7, "-"), (10, "T"), (13, ":"), (16, ":"), (19, "Z"))
_MANY = 8  # fewer are read one by one in the same time
# Each part of it can be told from the others, so that two formats that take one for another are found out.
_SAMPLE = datetime(2001, 2, 3, 4, 5, 6, tzinfo=UTC)

ReadTime = Callable[[str], datetime | None]


class Timestamp(ValueType):
    """See ``base.ValueType``."""

    storage = "TIMESTAMPTZ"
    expression = "timestamp"
    encoding = "calendar"
    profile = None
    keys = frozenset({"format", "timezone"})

    def mistakes(self, form: CellForm) -> Iterator[str]:
        formats = _formats(form)
        wrong = list(_format_mistakes(formats))
        yield from wrong
        if form.timezone and _zone(form) is None:
            yield f"timezone = {form.timezone!r} is not one that is known; write one such as 'Europe/Berlin'"
        elif not wrong:
            yield from _ambiguities(formats)

    def text_reader(self, form: CellForm) -> ReadText:
        read, flaw, zone = _time_reader(_formats(form)), _not_an_instant(form), _zone(form)

        def read_text(text: str) -> datetime:
            try:
                time = read(text)
                if time is None:
                    raise BadCell(flaw)
                at = _localized(time, zone) if time.tzinfo is None else time.astimezone(UTC)
            except OverflowError:
                raise BadCell(OUTSIDE_TIME) from None
            if not EARLIEST <= at < LATEST:
                raise BadCell(OUTSIDE_TIME)
            return at

        return read_text

    def value_reader(self, form: CellForm) -> ReadCell:
        read_text, flaw = self.text_reader(form), _not_an_instant(form)

        def read(value: Any) -> datetime:
            if not isinstance(value, (int, float, datetime)):
                raise BadCell(flaw)
            instant: datetime = read_text(self.spelled(form, value))
            return instant

        return read

    def spelled(self, form: CellForm, value: Any) -> str:
        return value.isoformat() if isinstance(value, datetime) else super().spelled(form, value)

    def spelled_sql(self, form: CellForm, column: str, kind: str) -> str:
        text = super().spelled_sql(form, column, kind)
        if kind == "DATE":
            return f"{text} || 'T00:00'"
        return f"replace({text}, ' ', 'T')" if kind.startswith("TIMESTAMP") else text

    def request_type(self, form: CellForm) -> Any:
        # The parser would round what is finer than a microsecond; all else cuts it off.
        return str if _formats(form) == (_ISO,) else str | float | int

    def is_kept_as_sent(self, form: CellForm) -> bool:
        return _formats(form) == (_ISO,) and not words(form.missing)

    def finisher(self, form: CellForm) -> Finish:
        return _finish if self.is_kept_as_sent(form) else self.finish_each(form)

    def parsed_sql(self, form: CellForm, text: str) -> str:
        zone = form.timezone or "UTC"

        def localized(time: str) -> str:
            return f"timezone({literal(zone)}, {time})"

        def each(of: str) -> Iterator[str]:
            formats = _formats(form)
            for one in formats:
                if one == _ISO:
                    yield iso_sql(of, ISO, localized if form.timezone else None)
                elif one in EPOCHS:
                    yield epoch_sql(of, one)
                else:
                    yield time_format(one).sql(of, localized)
            if _ISO not in formats:
                yield iso_sql(of, ISO_WITH_T, localized if form.timezone else None)

        time = f"coalesce({', '.join([*each(text), *each(stripped_sql(text))])})"
        missing = words(form.missing)
        return f"CASE WHEN NOT {super().missing_sql(form, text, '')} THEN {time} END" if missing else time

    def native_sql(self, form: CellForm, column: str, kind: str) -> str | None:
        if words(form.missing) or kind not in ("TIMESTAMP", "TIMESTAMP WITH TIME ZONE"):
            return None
        at = column if kind != "TIMESTAMP" else f"timezone({literal(form.timezone or 'UTC')}, {column})"
        # Beyond those years a text is no ISO 8601.
        ends = (
            f"{kind} '{year} 00:00:00{'' if kind == 'TIMESTAMP' else '+00'}'"
            for year in ("0001-01-01", "9999-12-31")
        )
        return f"CASE WHEN {column} BETWEEN {' AND '.join(ends)} THEN {at} END"

    def value_sql(self, form: CellForm, parsed: str) -> str:
        return parsed

    def good_sql(self, form: CellForm, value: str) -> str:
        earliest, latest = _ENDS_SQL
        return f"{value} >= {earliest} AND {value} < {latest}"

    def flaws_sql(self, form: CellForm, text: str, value: str) -> list[tuple[str, str]]:
        earliest, latest = _ENDS_SQL
        return [
            (f"{value} IS NULL", _not_an_instant(form)),
            (f"{value} < {earliest} OR {value} >= {latest}", OUTSIDE_TIME),
        ]

    def sent_sql(self, value: str) -> str:
        return f"strftime(({value}) AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%S.%fZ')"


def _formats(form: CellForm) -> tuple[str, ...]:
    return words(form.format) or (_ISO,)


def _not_an_instant(form: CellForm) -> str:
    formats = _formats(form)
    return NOT_AN_INSTANT if formats == (_ISO,) else f"is not a time written as {' or '.join(formats)}"


def _reader(one: str) -> ReadTime:
    if one == _ISO:
        return lambda text: read_iso(text) if _is_iso(text) else None
    if one == _ISO_WITH_T:
        return lambda text: read_iso(text) if _is_iso_with_t(text) else None
    if one in EPOCHS:
        return lambda text: read_epoch(text, one)
    return time_format(one).read


def _time_reader(formats: tuple[str, ...]) -> ReadTime:
    readers = [_reader(one) for one in formats]
    if _ISO not in formats:
        readers.append(_reader(_ISO_WITH_T))

    def read(text: str) -> datetime | None:
        return next((time for reader in readers if (time := reader(text)) is not None), None)

    return read


def _zone(form: CellForm) -> ZoneInfo | None:
    try:
        return time_zone(form.timezone or "UTC")
    except LookupError:
        return None


def _localized(time: datetime, zone: ZoneInfo | None) -> datetime:
    """The instant of a local time; of an hour that comes twice, the later one."""
    if zone is None or zone.key == "UTC":
        return time.replace(tzinfo=UTC)
    return max(time.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))


def _finish(instances: Iterable[Any], name: str) -> bool:
    """Reads instants in UTC that are written as most programs do."""
    try:
        if isinstance(instances, list) and len(instances) >= _MANY and _finish_many(instances, name):
            return True
        for instance in instances:
            text = getattr(instance, name)
            if text is not None:
                # Python reads more than ISO 8601, such as 17:30:00.Z; this is a tenth of the time of a whole pattern.
                if text[7:17:3] != "-T::" or (text[19:] != "Z" and not _is_usual_end(text[19:])):
                    return False
                time = datetime.fromisoformat(text)
                if not _FIRST_YEAR <= time.year < _NO_MORE_YEAR:
                    return False
                setattr(instance, name, time)
    except ValueError:
        return False
    return True


def _finish_many(instances: list[Any], name: str) -> bool:
    """The same where all are written as 2013-01-31T09:30:00Z: in half the time, at C's speed.

    False, and nothing is changed, where one is not.
    """
    texts = [*map(attrgetter(name), instances)]
    if None in texts or {*map(len, texts)} != {_TO_THE_SECOND}:
        return False
    whole, count = "".join(texts), len(texts)
    if any(whole[place::_TO_THE_SECOND] != sign * count for place, sign in _SIGNS):
        return False
    if min(texts) < str(_FIRST_YEAR) or max(texts) >= str(_NO_MORE_YEAR):
        return False
    times = [*map(datetime.fromisoformat, texts)]
    deque(map(setattr, instances, repeat(name), times), maxlen=0)
    return True


def _format_mistakes(formats: tuple[str, ...]) -> Iterator[str]:
    for one in formats:
        if one != _ISO and one not in EPOCHS:
            try:
                time_format(one)
            except ValueError as error:
                yield f"format {one!r} {error}"


def _ambiguities(formats: tuple[str, ...]) -> Iterator[str]:
    """Formats of which each takes what the other writes, for another time."""
    for one, other in combinations(dict.fromkeys([*formats, _ISO_WITH_T]), 2):
        for text in (_written(one), _written(other)):
            times = {_taken(one, text), _taken(other, text)}
            if None not in times and len(times) > 1:
                yield f"formats {one!r} and {other!r} both take {text!r}, for different times; declare one of them"
                break


def _taken(one: str, text: str) -> datetime | None:
    try:
        time = _reader(one)(text)
    except OverflowError:
        return None
    return time.replace(tzinfo=UTC) if time and time.tzinfo is None else time


def _written(one: str) -> str:
    if one in EPOCHS:
        return str(round(_SAMPLE.timestamp()) * 10 ** (6 - EPOCHS[one]))
    return _SAMPLE.strftime({_ISO: "%Y-%m-%d %H:%M:%S", _ISO_WITH_T: "%Y-%m-%dT%H:%M:%S"}.get(one, one))


TYPE = Timestamp()
