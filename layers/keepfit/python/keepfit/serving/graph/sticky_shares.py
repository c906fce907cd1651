"""Parts rows into shares by a hash of fields, so that what has the same values keeps its way."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from datetime import datetime
from hashlib import blake2b
from itertools import accumulate
from operator import attrgetter
from typing import Any, Final

_BYTES: Final = 7
_WHOLE: Final = 256**_BYTES
"""Numbers that a float64 holds to the last one, nearly: 2**56."""


class StickyShares:
    """The way of each instance; a shift of shares moves no more rows than it must.

    Args:
        salt: what keeps two routers from parting rows alike: the node's name.
        attributes: of decoded instances, those that are hashed.
        shares: of each way, adding up to 1.

    >>> from types import SimpleNamespace
    >>> choose = StickyShares("router", ["f0"], [0.5, 0.5])
    >>> choose([SimpleNamespace(f0="ann"), SimpleNamespace(f0="bob"), SimpleNamespace(f0="ann")])
    [1, 0, 1]
    """

    __slots__ = ("_bounds", "_read", "_salt")

    def __init__(self, salt: str, attributes: Sequence[str], shares: Sequence[float]) -> None:
        self._salt = salt.encode()
        self._read = [attrgetter(attribute) for attribute in attributes]
        self._bounds = [end * _WHOLE for end in accumulate(shares)][:-1]

    def __call__(self, instances: Sequence[Any]) -> list[int]:
        """The place of the way of each instance."""
        return [bisect_right(self._bounds, self._number(instance)) for instance in instances]

    def _number(self, instance: Any) -> int:
        text = "\x1f".join(_spelled(read(instance)) for read in self._read)
        digest = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=_BYTES, key=self._salt[:64])
        return int.from_bytes(digest.digest())


def _spelled(value: Any) -> str:
    """A value as one text, however a client wrote it."""
    if value is None:
        return "\x00"
    if isinstance(value, bool | str):
        return str(value)
    return value.isoformat() if isinstance(value, datetime) else repr(float(value))
