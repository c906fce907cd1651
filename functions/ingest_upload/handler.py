"""Lambda handler: ingests an uploaded file, or refuses it with a reason."""

from typing import Any

import msgspec
from aws_lambda_powertools import Logger

from keepfit.runtime.ingest_upload import decide, ingest_uploaded

_logger = Logger(service="ingest_upload")


@_logger.inject_lambda_context(log_event=True)
def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Maps an S3 "Object Created" event to the outcome of the ingest.

    A person sends ``{"action": "again", "dataset", "key", "version_id", "who", "why"}`` instead, or "discard".
    The result is ``{"outcome", "dataset", "key", "version", "rows", "bad_rows", "reason"}``.
    """
    ingested: dict[str, Any] = msgspec.to_builtins(
        decide(event) if "action" in event else ingest_uploaded(event)
    )
    _logger.info("ingested", extra=ingested)
    return ingested
