"""Asks the function that forgets, again and again until it has finished or has to wait too long."""

from __future__ import annotations

import time
from typing import Any

import msgspec

from cli.exits import CommandError, Exit
from cli.output import working
from cli.places.deployment import Deployment
from cli.places.functions import invoke
from keepfit.features.forgetting.record import Forgotten

_PAUSE_S = 5.0


def field_and_value(entity: str) -> tuple[str, str]:
    """``rider=ana`` in its two parts. Raises CommandError where it has none."""
    field, equal, value = entity.partition("=")
    if not equal or not field:
        raise CommandError(f"{entity!r} names no entity: write FIELD=VALUE, such as rider=ana", Exit.USAGE)
    return field, value


def forget(deployment: Deployment, order: dict[str, Any], *, patience_s: float) -> Forgotten:
    """The record when it is finished, or when that took longer than ``patience_s``."""
    until = time.monotonic() + patience_s
    with working(f"looking at every file of {order['dataset']}"):
        while True:
            answer = invoke(deployment.platform("ForgetFunction"), {**order, "who": deployment.caller})
            record = msgspec.convert(answer, Forgotten)
            if record.finished_at is not None or order["dry_run"] or time.monotonic() > until:
                return record
            time.sleep(_PAUSE_S)
