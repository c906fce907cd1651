"""The registry of protocols, by route or by media type; imports one on its first request."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any, Final

from keepfit.api_routes import INFERENCE
from keepfit.serving.inference.instances import InstanceDecoder
from keepfit.serving.protocols.base import RequestProtocol

# The module that holds each as ``PROTOCOL``.
MODULES: Final[Mapping[str, str]] = {
    "application/json": "keepfit.serving.protocols.json_rows",
    "text/csv": "keepfit.serving.protocols.csv_rows",
}
OPEN_INFERENCE: Final = "keepfit.serving.protocols.open_inference.protocol"
"""That of all requests whose path begins with /v2/, whatever their media type."""
_V2: Final = f"POST {INFERENCE}/"
_NO_HEADERS: Final[Mapping[str, str]] = {}
USUAL: Final = "application/json"
"""What a body is whose media type is missing or unknown: many clients name none, or a wrong one."""


class Protocols:
    """The protocols of one model, each made on its first request; make one per model and keep it."""

    __slots__ = ("_by_header", "_decoder")

    def __init__(self, decoder: InstanceDecoder) -> None:
        self._decoder = decoder
        usual = self._made(USUAL)
        # By the header's whole text, of which a client may send any: so only media types are added.
        self._by_header: dict[str | None, RequestProtocol] = {None: usual, USUAL: usual}

    def of(self, event: Mapping[str, Any]) -> RequestProtocol:
        """The protocol of an API Gateway event; the names of its headers are in lower case."""
        headers = event.get("headers")
        if event.get("routeKey", "").startswith(_V2):
            module = import_module(OPEN_INFERENCE)
            protocol: RequestProtocol = module.PROTOCOL(self._decoder, headers or _NO_HEADERS)
            return protocol
        named = headers.get("content-type") if headers else None
        known = self._by_header.get(named)
        return self._named(named or "") if known is None else known

    def _named(self, header: str) -> RequestProtocol:
        media_type = header.partition(";")[0].strip().lower()
        if media_type not in MODULES:
            media_type = USUAL
        if media_type not in self._by_header:
            self._by_header[media_type] = self._made(media_type)
        return self._by_header[media_type]

    def _made(self, media_type: str) -> RequestProtocol:
        protocol: RequestProtocol = import_module(MODULES[media_type]).PROTOCOL(self._decoder)
        return protocol
