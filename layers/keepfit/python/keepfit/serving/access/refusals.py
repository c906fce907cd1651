"""Refusals of clients that lack a scope, may not reach a model, or ask too often."""

from __future__ import annotations

import math
from typing import Any

from keepfit.api_routes import INFERENCE
from keepfit.serving.access.grant import Grant
from keepfit.serving.access.quota import Quota
from keepfit.serving.access.routes import SCOPES_OF
from keepfit.serving.responses.problem import problem


def refusal(grant: Grant | None, route: str, model: str | None = None) -> dict[str, Any] | None:
    """403, with the scope or model that is lacking; None where the client may.

    Args:
        grant: of the client; None for who asks by rights of AWS, and may.
        route: the template of the path, one of ``routes.SCOPES_OF``.
        model: that is asked or written to, if any.
    """
    if grant is None or (_opens(grant, route) and (model is None or grant.reaches(model))):
        return None
    return denied(grant, route, model)


def denied(grant: Grant, route: str, model: str | None) -> dict[str, Any]:
    """403 for a client that may not; see ``refusal``."""
    if model is None or not _opens(grant, route):
        return _in_protocol(route, _lacking_scope(grant, SCOPES_OF[route][0]))
    return _in_protocol(route, _lacking_model(grant, model))


def _opens(grant: Grant, route: str) -> bool:
    needed = SCOPES_OF[route]
    return not needed or not grant.scopes.isdisjoint(needed)


def _lacking_scope(grant: Grant, scope: str) -> dict[str, Any]:
    options = " ".join(f"--scope {name}" for name in sorted({*grant.scopes, scope}))
    detail = f"this client lacks the scope {scope}: `keepfit clients change NAME {options}` grants it"
    told = {"www-authenticate": f'Bearer error="insufficient_scope", scope="{scope}"'}
    return problem(403, code="not_allowed", detail=detail, headers=told)


def _lacking_model(grant: Grant, model: str) -> dict[str, Any]:
    options = " ".join(f"--model {name}" for name in sorted({*grant.models, model}))
    detail = (
        f"this client may not reach the model {model}, but {', '.join(sorted(grant.models)) or 'none'}: "
        f"`keepfit clients change NAME {options}` lets it"
    )
    return problem(403, code="model_not_allowed", detail=detail)


def too_many(quota: Quota, wait_s: float, route: str) -> dict[str, Any]:
    """429 for a client that has sent what its quota allows; ``wait_s`` is until it may send the next."""
    seconds = max(1, math.ceil(wait_s))
    detail = f"this client may send {quota}: send this again in {seconds} s"
    refused = problem(429, code="quota_exceeded", detail=detail, headers={"retry-after": str(seconds)})
    return _in_protocol(route, refused)


def _in_protocol(route: str, refused: dict[str, Any]) -> dict[str, Any]:
    """A problem as clients of the route's protocol read it."""
    if not route.startswith(INFERENCE):
        return refused
    # for requests to refuse, not before the first answer
    from keepfit.serving.protocols.open_inference.refusals import as_refusal  # noqa: PLC0415

    return as_refusal(refused)
