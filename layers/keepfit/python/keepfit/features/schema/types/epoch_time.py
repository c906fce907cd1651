"""Times as numbers: so many seconds, or parts of them, since 1970."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

# The decimal places at which a number of the unit is a whole number of microseconds.
EPOCHS: Final = {"epoch_s": 6, "epoch_ms": 3, "epoch_us": 0}

_NUMBER = r"-?[0-9]{1,18}(?:\.[0-9]{0,18})?"
_match = re.compile(_NUMBER).fullmatch
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def read_epoch(text: str, unit: str) -> datetime | None:
    """The time of a number of ``unit``; None for what is no number.

    Raises:
        OverflowError: no calendar reaches there.
    """
    if not _match(text):
        return None
    places = EPOCHS[unit]
    number = Decimal(text).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    return _EPOCH + timedelta(microseconds=int(number.scaleb(places)))


def epoch_sql(text: str, unit: str) -> str:
    """``read_epoch`` as SQL of type TIMESTAMPTZ; numbers out of reach are DuckDB's last day."""
    places = EPOCHS[unit]
    micros = f"TRY_CAST({text} AS DECIMAL(38, {places})) * {10**places}"
    return (
        f"CASE WHEN regexp_full_match({text}, '{_NUMBER}') "
        f"THEN make_timestamptz(CAST(greatest(least({micros}, {_MAX_EPOCH}), -{_MAX_EPOCH}) AS BIGINT)) END"
    )


# Microseconds of a quarter of a million years.
_MAX_EPOCH = 8 * 10**18
