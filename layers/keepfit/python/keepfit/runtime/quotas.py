"""Composition root of what meters clients with quotas.

Everything imported here adds to the first of their requests.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from keepfit import variables
from keepfit.adapters.http.dynamodb_quotas import DynamoQuotas
from keepfit.runtime.settings import setting
from keepfit.serving.access.metering import Meter


def make_meter(write: Callable[[bytes], object]) -> Meter:
    """A meter on the table that ``KEEPFIT_QUOTAS_TABLE`` names.

    ``write`` takes a line where the table does not answer, and requests are let through.

    Raises NotFound where the stack left the variable out.
    """

    def tell(reason: str) -> None:
        write(msgspec.json.encode({"kind": "quota_unavailable", "reason": reason}) + b"\n")

    return Meter(DynamoQuotas.from_environment(setting(variables.QUOTAS_TABLE)), tell)
