"""Composition root of `predict` for models with lookups.

Everything imported here adds to their cold starts.
"""

from __future__ import annotations

from typing import Any

from keepfit import variables
from keepfit.adapters.http.dynamodb_reader import DynamoReader
from keepfit.runtime.settings import setting
from keepfit.serving.requests.lookup_predictor import LookupPredictor


def make_predictor(**predictor: Any) -> LookupPredictor:
    """A ``LookupPredictor`` on the online store that ``KEEPFIT_ONLINE_TABLE`` names.

    Raises NotFound where the stack left a variable out.
    """
    return LookupPredictor(**predictor, reader=DynamoReader.from_environment(setting(variables.ONLINE_TABLE)))
