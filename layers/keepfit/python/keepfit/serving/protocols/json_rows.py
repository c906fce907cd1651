"""JSON: instances as objects of fields, and an answer with a list for each of its parts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Final

import msgspec

from keepfit.serving.inference.instances import InstanceDecoder
from keepfit.serving.protocols.base import TextResponses
from keepfit.tasks.answers import Answer


class JsonRows(TextResponses):
    """See ``base.RequestProtocol``."""

    __slots__ = ("_decode", "_encode")

    headers: ClassVar[Mapping[str, str]] = {"content-type": "application/json"}

    def __init__(self, decoder: InstanceDecoder) -> None:
        self._decode = decoder.decode
        self._encode = msgspec.json.Encoder().encode

    def decode(self, body: bytes | str) -> list[Any]:
        return self._decode(body)

    def encode(self, answer: Answer) -> str:
        return self._encode(answer).decode()


PROTOCOL: Final = JsonRows
