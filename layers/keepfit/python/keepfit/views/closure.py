"""The view of closure: what was done about a model's drift and decay, and whether it helped."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import msgspec

from keepfit.registry.gain import LaterGain
from keepfit.registry.ledger import gains
from keepfit.training.runs.incidents import Incident, open_incidents
from keepfit.training.runs.triggers import Cause
from keepfit.views.stores import ModelStores

_ALARMS: Final = ("drift", "decay")
# A monitor of an hour that finds the same for two days.
_LATEST: Final = 50


class Response(msgspec.Struct, frozen=True, kw_only=True):
    """The response to an alarm: a run with its outcome, or the ``reason`` why there was none.

    ``outcome`` is None while the run is under way.
    """

    at: datetime
    cause: Cause
    run_id: str | None
    outcome: str | None
    reason: str | None


class Closure(msgspec.Struct, frozen=True, kw_only=True):
    """The results of retrainings.

    ``gains`` are the last first; ``not_measured`` is why that of the newest version cannot be. ``response`` is to the
    last alarm about drift or decay. ``incidents`` are open.
    """

    gains: list[LaterGain]
    not_measured: str | None
    response: Response | None
    incidents: list[Incident]


def read_closure(stores: ModelStores) -> Closure:
    """Reads the results of the retrainings of a model."""
    return Closure(
        gains=gains(stores.ledger.entries())[::-1],
        not_measured=stores.progress.load().gain_note,
        response=_response(stores),
        incidents=open_incidents(stores.runs.admission().incidents),
    )


def _response(stores: ModelStores) -> Response | None:
    runs = [run for run in stores.runs.newest(_LATEST) if run.trigger.cause in _ALARMS]
    refused = [one for one in stores.runs.newest_suppressions(_LATEST) if one.trigger.cause in _ALARMS]
    found = [
        *(
            Response(
                at=run.started_at,
                cause=run.trigger.cause,
                run_id=run.run_id,
                outcome=run.outcome,
                reason=run.reason,
            )
            for run in runs[:1]
        ),
        *(
            Response(at=one.at, cause=one.trigger.cause, run_id=None, outcome=None, reason=one.reason)
            for one in refused[:1]
        ),
    ]
    return max(found, key=lambda response: response.at, default=None)
