"""The pack of a version's segments: their ONNX models in one zip file, read one by one.

Every entry is stored as it is, so that a reader takes one model without a look at the others. ``segments.json`` says
whose each is.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NoReturn

import msgspec

from keepfit.errors import InvalidModel
from keepfit.zip_entries import reproducible_entry

SEGMENTS: Final = "segments.zip"
"""The file of a candidate and of a version."""
MAX_PACK_BYTES: Final = 64_000_000
"""Beside the fallback's model, within what the package of a Lambda function may hold with its layers."""

_INDEX: Final = "segments.json"


class _Index(msgspec.Struct, frozen=True, kw_only=True):
    """The column whose values are segments, and the entry of each value."""

    by: str
    models: dict[str, str]


def pack_segments(by: str, models: Mapping[str, bytes]) -> bytes:
    """A pack of ONNX files by the segments' values; the same models are always the same bytes."""
    entries = {value: f"{number:05}.onnx" for number, value in enumerate(sorted(models), start=1)}
    index = _Index(by=by, models=entries)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as target:
        target.writestr(reproducible_entry(_INDEX), msgspec.json.encode(index, order="deterministic"))
        for value, name in entries.items():
            target.writestr(reproducible_entry(name), models[value])
    return packed.getvalue()


class SegmentPack:
    """A pack, opened for reading; ``by`` is its column, ``sizes`` the bytes of each segment's model.

    Args:
        source: the pack's bytes, or its file, which is then read as far as somebody asks.

    Raises:
        InvalidModel: it is no such pack.
    """

    def __init__(self, source: bytes | Path) -> None:
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(source) if isinstance(source, bytes) else source)
            entries = {entry.filename: entry for entry in self._zip.infolist()}
            index = msgspec.json.decode(self._stored(entries[_INDEX]), type=_Index)
            self._entries = {value: entries[name] for value, name in index.models.items()}
        except (OSError, ValueError, LookupError, zipfile.BadZipFile) as error:
            _refuse(f"it cannot be read: {error}")
        if len({entry.filename for entry in self._entries.values()}) + 1 != len(self._zip.infolist()):
            _refuse("its index and its entries are not the same")
        self.by = index.by
        self.sizes = {value: entry.file_size for value, entry in self._entries.items()}

    def read(self, value: str) -> bytes:
        """The ONNX file of a segment. Raises KeyError for a segment without one."""
        entry = self._entries[value]
        try:
            return self._stored(entry)
        except (OSError, ValueError, zipfile.BadZipFile) as error:
            _refuse(f"the model of {value!r} cannot be read: {error}")

    def _stored(self, entry: zipfile.ZipInfo) -> bytes:
        """An entry that is not compressed: a small file cannot become a large one."""
        if entry.compress_type != zipfile.ZIP_STORED or entry.flag_bits & 1:
            raise ValueError(f"{entry.filename} is not stored as it is")
        return self._zip.read(entry)


def _refuse(reason: str) -> NoReturn:
    raise InvalidModel(f"this pack of segments must not be loaded: {reason}; train the model again")
