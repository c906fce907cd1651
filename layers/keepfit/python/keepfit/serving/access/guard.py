"""The guard before a model: scopes, models, tenants and quotas of the clients that ask it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from keepfit.api_routes import INFER_PATH, INFERENCE, PREDICT_PATH, TENANT
from keepfit.serving.access.grant import INFER, Grant
from keepfit.serving.access.quota import Quota
from keepfit.serving.access.token_claims import GROUPS, grant_in, subject_of

if TYPE_CHECKING:  # imported for clients with quotas or tenants alone
    from keepfit.serving.access.quota_meter import Meter
    from keepfit.serving.access.tenant_metrics import TenantMetrics

_REFUSALS: Final = "keepfit.serving.access.refusals"
_METERING: Final = "keepfit.serving.access.quota_meter"
_TENANTS: Final = "keepfit.serving.access.tenant_metrics"
# Claims of groups.
_MAX_KNOWN: Final = 1000
Answer = Callable[[Mapping[str, Any]], dict[str, Any]]


class Guard:
    """Answers events of API Gateway as ``answer`` does, or 403 and 429 where the client may not.

    Args:
        answer: of the model, to events.
        model: its name.
        write: takes lines of metrics, each ended by a newline.
        quota: of each client at this model, if any.
        meter: makes what meters clients with quotas, for the first of them.
    """

    __slots__ = ("_answer", "_known", "_make_meter", "_meter", "_model", "_quota", "_tenants", "_write")

    def __init__(
        self,
        answer: Answer,
        *,
        model: str,
        write: Callable[[bytes], object],
        quota: Quota | None = None,
        meter: Callable[[], Meter],
    ) -> None:
        self._answer, self._model, self._quota = answer, model, quota
        self._make_meter = meter
        self._meter: Meter | None = None
        self._write = write
        self._tenants: TenantMetrics | None = None
        self._known: set[str] = set()

    def answer(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """The response to an event; most clients are known, and may, and pay two looks."""
        if "requestContext" not in event:
            return self._answer(event)
        try:
            is_known = event["requestContext"]["authorizer"]["jwt"]["claims"].get(GROUPS, "") in self._known
        except (KeyError, TypeError):
            is_known = False
        return self._answer(event) if is_known else self._asked(event)

    def _asked(self, event: Mapping[str, Any]) -> dict[str, Any]:
        grant = grant_in(event)
        if grant is None:
            return self._answer(event)
        if INFER not in grant.scopes or not grant.reaches(self._model):
            denied: dict[str, Any] = import_module(_REFUSALS).denied(grant, _route(event), self._model)
            return denied
        if self._quota is None and grant.quota is None and grant.tenant is None:
            self._learn(event)
            return self._answer(event)
        refused = self._over_quota(event, grant)
        if grant.tenant is not None:
            self._count(grant.tenant, refused=refused is not None)
            event = {**event, TENANT: grant.tenant}
        return refused or self._answer(event)

    def _learn(self, event: Mapping[str, Any]) -> None:
        """Lets clients of these groups through at once from now on."""
        claim = event["requestContext"]["authorizer"]["jwt"]["claims"].get(GROUPS, "")
        if isinstance(claim, str) and len(self._known) < _MAX_KNOWN:
            self._known.add(claim)

    def _count(self, tenant: str, *, refused: bool) -> None:
        if self._tenants is None:
            self._tenants = import_module(_TENANTS).TenantMetrics(self._model, self._write)
        self._tenants.asked(tenant, refused=refused)

    def _over_quota(self, event: Mapping[str, Any], grant: Grant) -> dict[str, Any] | None:
        """429 where the client has used up its quota, or that of this model's clients."""
        if self._quota is None and grant.quota is None:
            return None
        if self._meter is None:
            self._meter = self._make_meter()
        accounts, subject = import_module(_METERING), subject_of(event)
        for account, quota in (
            (accounts.client_account(subject), grant.quota),
            (accounts.model_account(self._model, subject), self._quota),
        ):
            if quota is not None and (wait := self._meter.wait(account, quota)):
                refused: dict[str, Any] = import_module(_REFUSALS).too_many(quota, wait, _route(event))
                return refused
        return None


def _route(event: Mapping[str, Any]) -> str:
    return INFER_PATH if f" {INFERENCE}/" in event.get("routeKey", "") else PREDICT_PATH
