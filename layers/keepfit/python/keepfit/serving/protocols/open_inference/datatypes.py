"""The data types of tensors, and how their values are written as bytes.

Source: the Open Inference Protocol V2 and its extension for binary tensors: little-endian, row by row; an element of
BYTES is its length in four bytes, then its bytes.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from keepfit.errors import InvalidRequest
from keepfit.serving.protocols.open_inference.datatype_names import BYTES

NUMPY: Final[Mapping[str, np.dtype[Any]]] = {
    "BOOL": np.dtype("?"),
    **{f"UINT{bits}": np.dtype(f"<u{bits // 8}") for bits in (8, 16, 32, 64)},
    **{f"INT{bits}": np.dtype(f"<i{bits // 8}") for bits in (8, 16, 32, 64)},
    **{f"FP{bits}": np.dtype(f"<f{bits // 8}") for bits in (16, 32, 64)},
}
"""Those of a fixed size."""
DATATYPES: Final = (*NUMPY, BYTES)
_LENGTH: Final = struct.Struct("<I")


def array_of(data: memoryview, datatype: str, elements: int, name: str) -> npt.NDArray[Any]:
    """The ``elements`` values of a fixed size in ``data``; raises InvalidRequest for another size."""
    kind = NUMPY[datatype]
    if len(data) != elements * kind.itemsize:
        raise invalid(
            f"input {name!r} has {len(data)} bytes, and {elements} values of {datatype} take {elements * kind.itemsize}"
        )
    return np.frombuffer(data, kind)


def elements_of(data: memoryview, elements: int, name: str) -> list[bytes]:
    """The ``elements`` values of BYTES in ``data``. Raises InvalidRequest where they end elsewhere."""
    found: list[bytes] = []
    place, end, whole = 0, len(data), bytes(data)
    length_at = _LENGTH.unpack_from
    while place < end and len(found) < elements:
        if place + _LENGTH.size > end:
            break
        [length] = length_at(whole, place)
        start = place + _LENGTH.size
        place = start + length
        if place > end:
            raise invalid(
                f"value {len(found)} of input {name!r} says that it has {length} bytes, and {end - start} are left"
            )
        found.append(whole[start:place])
    if len(found) != elements or place != end:
        raise invalid(f"input {name!r} does not hold {elements} values of BYTES in its {end} bytes")
    return found


def texts_of(data: memoryview, elements: int) -> list[str] | None:
    """The same values as texts, where all are of one length and ASCII, in a tenth of the time; else None."""
    size, odd = divmod(len(data), max(elements, 1))
    length = size - _LENGTH.size
    if odd or length <= 0:
        return None
    table = np.frombuffer(data, np.dtype([("length", "<u4"), ("text", f"V{length}")]))
    if not (table["length"] == length).all():
        return None
    text = table["text"].tobytes()
    if not text.isascii():
        return None
    whole = text.decode("ascii")
    return [whole[start : start + length] for start in range(0, len(whole), length)]


def to_bytes(values: Iterable[Any], datatype: str) -> bytes:
    """Flat values as a binary tensor."""
    if datatype != BYTES:
        return np.array(values, NUMPY[datatype]).tobytes()
    texts = [*map(str, values)]
    lengths = {*map(len, texts)}
    if len(lengths) == 1 and "".join(texts).isascii():
        # As ids are: one length stands before each.
        before = _LENGTH.pack(lengths.pop()).decode("latin-1")
        if before.isascii():
            return f"{before}{before.join(texts)}".encode()
    parts = []
    for text in texts:
        data = text.encode()
        parts += [_LENGTH.pack(len(data)), data]
    return b"".join(parts)


def invalid(message: str) -> InvalidRequest:
    """The refusal of tensors that are not what they say."""
    return InvalidRequest(message, code="invalid_tensors")
