"""Instants between 1900 and 2199 in ISO 8601, UTC without an offset."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from keepfit.features.schema.definition import Field
from keepfit.features.schema.types.base import Finish, ValueType
from keepfit.instants import from_iso

EARLIEST, LATEST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)

NOT_AN_INSTANT = "is not an ISO 8601 instant such as 2013-01-31T09:30:00-05:00"
OUTSIDE_TIME = "is not between the years 1900 and 2199"

_FIRST_YEAR, _NO_MORE_YEAR = EARLIEST.year, LATEST.year
_UTC = " UTC"
_INSTANT = (
    r"\s*[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"([ T][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?(Z| UTC|[+-][0-9]{2}(:?[0-9]{2})?)?)?\s*"
)


class Timestamp(ValueType):
    """See ``base.ValueType``."""

    storage = "TIMESTAMPTZ"
    expression = "timestamp"
    encoding = "calendar"
    profile = None

    def flaw(self, field: Field, value: Any) -> str | None:
        if not isinstance(value, (str, datetime)):
            return NOT_AN_INSTANT
        try:
            at = _instant(value)
        except OverflowError:
            return OUTSIDE_TIME
        except ValueError:
            return NOT_AN_INSTANT
        return None if EARLIEST <= at < LATEST else OUTSIDE_TIME

    def read(self, value: Any) -> Any:
        return _instant(value)

    def request_type(self, field: Field) -> Any:
        return str  # the parser would round what is finer than a microsecond; all else cuts it off

    def finisher(self, field: Field) -> Finish:
        return _finish

    def value_sql(self, text: str) -> str:
        return f"TRY_CAST({text} AS TIMESTAMPTZ)"

    def flaws_sql(self, field: Field, text: str, value: str) -> list[tuple[str, str]]:
        earliest, latest = (f"TIMESTAMPTZ '{at:%Y-%m-%d} 00:00:00+00'" for at in (EARLIEST, LATEST))
        return [
            (f"{value} IS NULL OR NOT regexp_full_match({text}, '{_INSTANT}')", NOT_AN_INSTANT),
            (f"{value} < {earliest} OR {value} >= {latest}", OUTSIDE_TIME),
        ]

    def sent_sql(self, value: str) -> str:
        return f"strftime(({value}) AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%S.%fZ')"


def _finish(instances: Iterable[Any], name: str) -> bool:
    try:
        for instance in instances:
            text = getattr(instance, name)
            if text is not None:
                time = datetime.fromisoformat(text)
                if not (time.tzinfo is UTC and _FIRST_YEAR <= time.year < _NO_MORE_YEAR):
                    return False
                setattr(instance, name, time)
    except ValueError:
        return False
    return True


def _instant(value: str | datetime) -> datetime:
    if isinstance(value, str):
        return from_iso(f"{value[: -len(_UTC)]}Z" if value.endswith(_UTC) else value)
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


TYPE = Timestamp()
