"""The interface of protocols: a request's body to instances, and an answer to a response's body."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from keepfit.serving.inference.instances import InstanceDecoder
from keepfit.tasks.answers import Answer


class RequestProtocol(Protocol):
    """How clients speak to one model; made once for it and kept."""

    @property
    def headers(self) -> Mapping[str, str]:
        """Those of an answer."""
        ...

    def decode(self, body: bytes | str) -> list[Any]:
        """The instances of a body, in order, as ``InstanceDecoder.decode`` gives them.

        Raises:
            InvalidRequest: names what is wrong by row and field, the first 20 problems.
        """
        ...

    def encode(self, answer: Answer) -> str:
        """The body of the response, of less than 6 MB for as many instances as the task allows."""
        ...


RequestProtocolType = Callable[[InstanceDecoder], RequestProtocol]
