"""Parts collected rows by time: the newest judge, and what was known before them trains."""

from __future__ import annotations

from keepfit.features.offline.split_plan import Portion


def cut_at(holdout: Portion) -> str:
    """A SELECT of the moment after which rows judge, over the rows that hold.

    For a share, the moment that comes nearest to it; rows of one moment are never parted.
    """
    holding = "FROM collected WHERE _until IS NULL"
    if holdout.duration is not None:
        return f"SELECT max(_event_time) - to_seconds({holdout.duration.seconds}) {holding}"
    moments = f"SELECT _event_time, count(*) AS _rows {holding} GROUP BY _event_time"
    newer = (
        "SELECT _event_time, sum(_rows) OVER () AS _all, sum(_rows) OVER (ORDER BY _event_time DESC "
        f"ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS _newer FROM ({moments})"
    )
    nearest = f"abs(_newer / _all - {holdout.share!r})"
    return f"SELECT _event_time FROM ({newer}) ORDER BY {nearest} NULLS LAST, _event_time LIMIT 1"


def known_at(cut: str) -> str:
    """A condition: the row could teach at the moment ``cut``, as it was known then, and does not judge."""
    return f"_known_at <= {cut} AND (_until IS NULL OR _until > {cut}) AND (_now IS NULL OR _now <= {cut})"
