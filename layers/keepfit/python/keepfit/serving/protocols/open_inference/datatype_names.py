"""The names of tensors' data types, readable without numpy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

BYTES: Final = "BYTES"
OF_VALUES: Final[Mapping[type, str]] = {bool: "BOOL", int: "INT64", float: "FP64", str: BYTES}
"""The data type of an answer's values."""
