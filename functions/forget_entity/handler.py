"""Lambda handler: forgets an entity of a dataset, on request of a person."""

from typing import Any

import msgspec
from aws_lambda_powertools import Logger

from keepfit.runtime.forget_entity import forget

_logger = Logger(service="forget_entity")


# The event names the entity, which no log is to know.
@_logger.inject_lambda_context(log_event=False)
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Forgets the entity of ``{"dataset", "field", "value", "who", "why", "train", "dry_run"}``.

    The result is the record, see ``keepfit.features.forgetting.record.Forgotten``; without ``finished_at`` the same
    event goes on.
    """
    record = forget(event, lambda: context.get_remaining_time_in_millis() / 1000)
    _logger.info("forgotten", extra={"record": record.id, "rows": record.rows, "waits": record.waits})
    told: dict[str, Any] = msgspec.to_builtins(record)
    return told
