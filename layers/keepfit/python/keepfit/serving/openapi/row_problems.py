"""The JSON Schema of problems that are named by row and field."""

from __future__ import annotations

from typing import Any, Final

ROW_PROBLEMS: Final[dict[str, Any]] = {
    "type": "array",
    "items": {
        "type": "object",
        "properties": {
            "row": {"type": "integer"},
            "field": {"type": "string"},
            "message": {"type": "string"},
        },
        "required": ["row", "field", "message"],
    },
}
