"""Composition root of the guard before a release in containers, which no event of API Gateway reaches."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from keepfit.layout import ModelScope
from keepfit.serving.access.guard import Answer, Guard
from keepfit.serving.access.process_quotas import ProcessQuotas
from keepfit.serving.access.quota_meter import Meter, unavailable_lines
from keepfit.serving.access.token_claims import claims_of_bearer
from keepfit.serving.responses.problem import problem

_NOBODY: Final = (
    "the request has no token of this API: ask for one, and send it as authorization: Bearer TOKEN"
)


def guarded(answer: Answer, *, model: str, write: Callable[[bytes], object]) -> Answer:
    """The answers of ``model``, to clients that may ask it.

    API Gateway has verified the token that stands in the request; nothing but its link reaches the load balancer. The
    route of tests is for who signs with rights of AWS, and has no token. Each task counts quotas by itself.

    Args:
        answer: to events of API Gateway.
        model: its name.
        write: takes lines of metrics, each ended by a newline.
    """
    guard = Guard(
        answer, model=model, write=write, meter=lambda: Meter(ProcessQuotas(), unavailable_lines(write))
    )
    tests = f"POST {ModelScope(model).next_path}"

    def ask(event: Mapping[str, Any]) -> dict[str, Any]:
        if event["routeKey"] == tests:
            return answer(event)
        claims = claims_of_bearer(event["headers"].get("authorization", ""))
        if claims is None:
            return problem(401, "no_token", _NOBODY)
        return guard.answer({**event, "requestContext": {"authorizer": {"jwt": {"claims": claims}}}})

    return ask
