"""Composition root of what meters clients with quotas.

Everything imported here adds to the first of their requests.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from keepfit import variables
from keepfit.adapters.http.dynamodb_quotas import DynamoQuotas
from keepfit.runtime.settings import setting
from keepfit.serving.access.metering import Meter, QuotaStore


def make_meter(write: Callable[[bytes], object]) -> Meter:
    """A meter on the table that ``KEEPFIT_QUOTAS_TABLE`` names.

    Raises NotFound where the stack left the variable out.
    """
    return meter_on(DynamoQuotas.from_environment(setting(variables.QUOTAS_TABLE)), write)


def meter_on(store: QuotaStore, write: Callable[[bytes], object]) -> Meter:
    """A meter; ``write`` takes a line where its store does not answer, and requests are let through."""

    def tell(reason: str) -> None:
        write(msgspec.json.encode({"kind": "quota_unavailable", "reason": reason}) + b"\n")

    return Meter(store, tell)
