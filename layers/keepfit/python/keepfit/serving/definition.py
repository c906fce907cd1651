"""How a model is declared to be released."""

from __future__ import annotations

from typing import Annotated

import msgspec

from keepfit.instants import Duration


class ReleaseDefinition(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a challenger reaches clients.

    ``canary`` is the share of requests that it answers while it bakes. It is promoted after ``baking_period`` with at
    least ``minimum_requests`` answered and no more than ``max_failure_share`` of them failed; it is rolled back as soon
    as failures exceed that share, or after ``baking_limit`` without enough requests: too few is not proven.
    """

    canary: Annotated[float, msgspec.Meta(gt=0, le=1)] = 0.1
    baking_period: Duration = Duration.parse("5m")
    evaluation_period: Duration = Duration.parse("1m")
    baking_limit: Duration = Duration.parse("6h")
    minimum_requests: Annotated[int, msgspec.Meta(ge=1)] = 100
    max_failure_share: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.01
