"""The interface of protocols: a request's body to instances, and an answer to a response's body."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Protocol

from keepfit.serving.inference.instances import DecodedRequest, InstanceDecoder
from keepfit.serving.responses.http_response import response
from keepfit.tasks.answers import Answer


class RequestProtocol(Protocol):
    """How clients speak to one model.

    It is made once for the model and kept, or for one request where the form of the answer depends on that.
    """

    def decode(self, body: bytes | str) -> DecodedRequest:
        """What a body asks.

        Raises:
            InvalidRequest: names what is wrong by row and field, the first 20 problems.
        """
        ...

    def respond(self, answer: Answer, headers: Mapping[str, str]) -> dict[str, Any]:
        """The API Gateway response with an answer and other ``headers`` beside its own.

        Its body has less than 6 MB for as many instances as the task allows.

        Raises:
            InvalidRequest: the client asked for what no answer has.
        """
        ...

    def refuse(self, refused: dict[str, Any]) -> dict[str, Any]:
        """A refusal, which is a problem of RFC 9457, as clients of the protocol look for it."""
        ...


RequestProtocolType = Callable[[InstanceDecoder], RequestProtocol]


class TextResponses(ABC):
    """What protocols have in common whose answers are one text, of the media type in ``headers``."""

    __slots__ = ()

    headers: ClassVar[Mapping[str, str]]

    @abstractmethod
    def encode(self, answer: Answer) -> str:
        """The body of the response."""

    def respond(self, answer: Answer, headers: Mapping[str, str]) -> dict[str, Any]:
        """See ``RequestProtocol.respond``."""
        told = {**self.headers, **headers} if headers else self.headers
        return response(200, told, self.encode(answer))

    def refuse(self, refused: dict[str, Any]) -> dict[str, Any]:
        """The problem as it is."""
        return refused
