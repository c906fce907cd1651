"""The registry of field types, by the names in definitions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

# The module that holds each as ``TYPE``; one is imported when the first of its values is met.
MODULES: Final[Mapping[str, str]] = {
    "float": "keepfit.features.schema.types.float_number",
    "int": "keepfit.features.schema.types.whole_number",
    "bool": "keepfit.features.schema.types.boolean",
    "category": "keepfit.features.schema.types.category",
    "text": "keepfit.features.schema.types.text",
    "vector": "keepfit.features.schema.types.vector",
    "image": "keepfit.features.schema.types.image",
    "timestamp": "keepfit.features.schema.types.timestamp",
}
