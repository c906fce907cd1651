"""The situation in which a trigger is admitted or not."""

from __future__ import annotations

from datetime import datetime

import msgspec

from keepfit.instants import Duration


class Situation(msgspec.Struct, frozen=True, kw_only=True):
    """The further facts that the decision depends on, as of ``now``.

    ``data`` maps each dataset that the model reads to its newest version, None where it has none; ``spine`` is the one
    whose rows hold the label, and ``labels`` the fingerprint of those with definition and code. ``champion`` is the
    version that serves, None before the first; ``registered`` is the newest version, where nothing serves yet and
    another model's champion asks. ``alarm_since`` is when an alarm on drift or decay went to ALARM, None while none
    stands; ``decay_alarm`` names the one on decay, which goes first, and ``drift_since`` is when one on drift went
    beside it.
    """

    run_id: str
    execution_arn: str
    now: datetime
    spine: str
    data: dict[str, int | None]
    fingerprint: str
    labels: str
    champion: int | None
    registered: int | None = None
    follows_deployments: bool
    alarm_since: datetime | None
    decay_alarm: str | None = None
    drift_since: datetime | None = None
    lease: Duration
