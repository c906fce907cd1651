"""Events on the default bus of Amazon EventBridge."""

from __future__ import annotations

import json
from typing import Any

from keepfit.adapters.aws.clients import client, translated
from keepfit.errors import ServiceUnavailable
from keepfit.events import SOURCE


class EventBridge:
    """See ``events.Events``."""

    def put(self, detail_type: str, detail: dict[str, Any]) -> None:
        entry = {"Source": SOURCE, "DetailType": detail_type, "Detail": json.dumps(detail)}
        with translated(f"the event {detail_type!r}"):
            answer = client("events").put_events(Entries=[entry])
        if answer["FailedEntryCount"]:  # refused entries come back in an answer that says 200
            [failed] = answer["Entries"]
            code, message = failed.get("ErrorCode"), failed.get("ErrorMessage")
            raise ServiceUnavailable(f"the event {detail_type!r} was not taken: {code}: {message}")
