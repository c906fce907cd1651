"""JSON: instances as objects of fields, and an answer with a list for each of its parts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Final

import msgspec

from keepfit.serving.inference.instances import DecodedRequest, InstanceDecoder
from keepfit.serving.protocols.base import TextResponses
from keepfit.tasks.answers import Answer


class JsonRows(TextResponses):
    """See ``base.RequestProtocol``."""

    __slots__ = ("_decode", "_encode")

    headers: ClassVar[Mapping[str, str]] = {"content-type": "application/json"}

    def __init__(self, decoder: InstanceDecoder) -> None:
        self._decode = decoder.decode
        # An answer is a struct; one that is explained says itself what it is as JSON.
        self._encode = msgspec.json.Encoder(enc_hook=lambda answer: answer.document()).encode

    def decode(self, body: bytes | str) -> DecodedRequest:
        return self._decode(body)

    def encode(self, answer: Answer) -> str:
        return self._encode(answer).decode()


PROTOCOL: Final = JsonRows
