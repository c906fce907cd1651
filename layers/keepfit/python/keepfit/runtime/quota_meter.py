"""Composition root of what meters clients with quotas.

Everything imported here adds to the first of their requests.
"""

from __future__ import annotations

from collections.abc import Callable

from keepfit import variables
from keepfit.adapters.http.dynamodb_quotas import DynamoQuotas
from keepfit.runtime.settings import setting
from keepfit.serving.access.quota_meter import Meter, unavailable_lines


def make_meter(write: Callable[[bytes], object]) -> Meter:
    """A meter on the table that ``KEEPFIT_QUOTAS_TABLE`` names; ``write`` takes lines of the log.

    Raises NotFound where the stack left the variable out.
    """
    return Meter(DynamoQuotas.from_environment(setting(variables.QUOTAS_TABLE)), unavailable_lines(write))
