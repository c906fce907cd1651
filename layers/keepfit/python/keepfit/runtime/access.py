"""Who may ask the functions behind the routes that all models share, and how often."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cache, partial
from typing import Any

from keepfit.runtime.quota_meter import make_meter
from keepfit.serving.access.quota_meter import Meter, client_account
from keepfit.serving.access.refusals import refusal, too_many
from keepfit.serving.access.token_claims import grant_in, subject_of


def refused(event: Mapping[str, Any], route: str, model: str | None = None) -> dict[str, Any] | None:
    """403 for a client that may not, 429 for one that has used up its quota, else None.

    Args:
        event: of API Gateway.
        route: the template of the path; see ``serving.access.routes``.
        model: that is asked or written to, if any.
    """
    grant = grant_in(event)
    told = refusal(grant, route, model)
    if told is None and grant is not None and grant.quota is not None:
        wait = _meter().wait(client_account(subject_of(event)), grant.quota)
        return too_many(grant.quota, wait, route) if wait else None
    return told


@cache
def _meter() -> Meter:
    return make_meter(partial(os.write, 1))
