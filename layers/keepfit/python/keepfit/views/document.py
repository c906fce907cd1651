"""Views as JSON, the same document for a command and a console."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import msgspec

from keepfit.instants import Duration, to_iso


def to_json(document: Any) -> str:
    """Indented JSON; instants as ISO 8601 in UTC, durations as they are written in definitions.

    >>> from datetime import UTC
    >>> print(to_json({"at": datetime(2013, 3, 1, tzinfo=UTC)}))
    {
      "at": "2013-03-01T00:00:00.000000Z"
    }
    """
    plain = msgspec.to_builtins(document, enc_hook=_write, builtin_types=(datetime,), str_keys=True)
    return json.dumps(plain, indent=2, ensure_ascii=False, allow_nan=False, default=_write)


def _write(value: object) -> str:
    match value:
        case datetime():
            return to_iso(value)
        case Duration():
            return str(value)
    raise TypeError(f"{type(value).__name__} has no form in JSON")
