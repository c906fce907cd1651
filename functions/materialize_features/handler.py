"""Lambda handler: brings the features of online views to the newest version of their dataset."""

from typing import Any

import msgspec
from aws_lambda_powertools import Logger

from keepfit.runtime.materialize_features import materialize_for_event, materialize_for_person

_logger = Logger(service="materialize_features")


@_logger.inject_lambda_context(log_event=True)
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Maps an event "Dataset Updated" or "Features Behind" to what came of each view of the dataset.

    A person sends ``{"action": "materialize", "view", "anew", "seconds"}`` instead.
    The result is ``{"views": [{"view", "outcome", "state"}]}``.
    """
    act = materialize_for_person if "action" in event else materialize_for_event
    results = act(event, lambda: context.get_remaining_time_in_millis() / 1000)
    told = {"views": msgspec.to_builtins(results)}
    _logger.info("materialized", extra=told)
    return told
