"""Arrays as files: plain numbers, never pickled objects."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import numpy.typing as npt


def to_npy(array: npt.NDArray[Any]) -> bytes:
    """The bytes of an .npy file."""
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=False)
    return buffer.getvalue()


def from_npy(body: bytes) -> npt.NDArray[Any]:
    """The inverse of ``to_npy``. Raises ValueError for a file that is no plain array of numbers."""
    array: npt.NDArray[Any] = np.load(io.BytesIO(body), allow_pickle=False)
    return array
