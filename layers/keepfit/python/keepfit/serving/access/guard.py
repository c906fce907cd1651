"""The guard before a model: lets clients ask that may infer by it, and names their tenant."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from keepfit.api_routes import INFER_PATH, INFERENCE, PREDICT_PATH, TENANT
from keepfit.serving.access.grant import INFER
from keepfit.serving.access.refusals import denied
from keepfit.serving.access.tenant_metrics import TenantMetrics
from keepfit.serving.access.token_claims import grant_in

Answer = Callable[[Mapping[str, Any]], dict[str, Any]]


class Guard:
    """Answers events of API Gateway as ``answer`` does, and 403 where the client may not ask the model.

    Args:
        answer: of the model, to events.
        model: its name.
        write: takes lines of metrics, each ended by a newline.
    """

    __slots__ = ("_answer", "_model", "_tenants")

    def __init__(self, answer: Answer, *, model: str, write: Callable[[bytes], object]) -> None:
        self._answer, self._model = answer, model
        self._tenants = TenantMetrics(model, write)

    def answer(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """The response to an event."""
        grant = grant_in(event)
        if grant is None:
            return self._answer(event)
        if INFER not in grant.scopes or not grant.reaches(self._model):
            return denied(grant, _route(event), self._model)
        if grant.tenant is None:
            return self._answer(event)
        self._tenants.asked(grant.tenant)
        return self._answer({**event, TENANT: grant.tenant})


def _route(event: Mapping[str, Any]) -> str:
    return INFER_PATH if f" {INFERENCE}/" in event.get("routeKey", "") else PREDICT_PATH
