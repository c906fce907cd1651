"""Entries of zip files that are the same bytes whenever and wherever they are written."""

from __future__ import annotations

import zipfile
from typing import Final

# The oldest instant that a zip file can hold.
_ALWAYS: Final = (1980, 1, 1, 0, 0, 0)
_READABLE: Final = 0o100644 << 16
_UNIX: Final = 3


def reproducible_entry(name: str) -> zipfile.ZipInfo:
    """An entry of no particular time, readable by all users."""
    entry = zipfile.ZipInfo(name, date_time=_ALWAYS)
    entry.external_attr, entry.create_system = _READABLE, _UNIX
    return entry
