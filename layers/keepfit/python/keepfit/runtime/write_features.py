"""Composition root of `write_features`: builds ``WritingFeatures`` from environment variables."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from keepfit import variables
from keepfit.adapters.aws.dynamodb_datasets import DynamoDatasets
from keepfit.adapters.aws.dynamodb_online import DynamoOnlineStore
from keepfit.adapters.aws.s3_artifacts import S3Artifacts
from keepfit.api_routes import FEATURE_WRITERS
from keepfit.errors import InvalidRequest, NotFound, Transient
from keepfit.features.online.view import OnlineView
from keepfit.features.online.write import WritingFeatures
from keepfit.runtime.online_views import online_views
from keepfit.runtime.settings import setting
from keepfit.serving.responses.http_response import JSON, response
from keepfit.serving.responses.problem import problem

_STATUS: Final = {"event_id_used": 409, "too_many_rows": 413}
_RETRY_AFTER_S: Final = "1"


class _Body(msgspec.Struct, forbid_unknown_fields=True):
    rows: list[Any]
    event_id: str | None = None


def respond(event: Mapping[str, Any]) -> dict[str, Any]:
    """The response to an API Gateway event: 200 where requests see the rows, 202 where they will.

    A 4xx says what to change, and 503 that nothing was written.
    """
    if FEATURE_WRITERS not in _groups(event):
        return problem(
            403,
            "not_allowed",
            "this client may not write features: `keepfit clients add NAME --writes-features` lets one",
        )
    try:
        body = _body(event)
        written = _writing(event["pathParameters"]["view"]).write(body.rows, body.event_id)
    except NotFound as error:
        return problem(404, "unknown_view", str(error))
    except InvalidRequest as error:
        return problem(_STATUS.get(error.code, 400), error.code, str(error), error.details)
    except Transient as error:
        message = f"nothing was written: {error}; send the same again"
        return problem(503, "not_written", message, headers={"retry-after": _RETRY_AFTER_S})
    return response(200 if written.online else 202, JSON, msgspec.json.encode(written).decode())


def _writing(name: str) -> WritingFeatures:
    views = online_views()
    if name not in views:
        raise NotFound(f"no view {name!r} is online; those that are: {', '.join(sorted(views)) or 'none'}")
    view: OnlineView = views[name]
    return WritingFeatures(
        view=view,
        views=[one for one in views.values() if one.definition.dataset == view.definition.dataset],
        intake=S3Artifacts(bucket=setting(variables.INTAKE_BUCKET)),
        records=DynamoDatasets(table=setting(variables.REGISTRY_TABLE), keep=view.dataset.keep),
        store=DynamoOnlineStore(table=setting(variables.ONLINE_TABLE)),
    )


def _groups(event: Mapping[str, Any]) -> list[str]:
    """The groups of the user whose token it is; API Gateway writes a list as "[one two]"."""
    claims = event.get("requestContext", {}).get("authorizer", {}).get("jwt", {}).get("claims", {})
    groups = claims.get("cognito:groups", "")
    return groups if isinstance(groups, list) else groups.strip("[]").replace(",", " ").split()


def _body(event: Mapping[str, Any]) -> _Body:
    sent = event.get("body") or ""
    try:
        return msgspec.json.decode(b64decode(sent) if event.get("isBase64Encoded") else sent, type=_Body)
    except (ValueError, msgspec.MsgspecError, RecursionError) as error:
        raise InvalidRequest(
            f'the body cannot be read: {error}; send {{"rows": [...], "event_id": "..."}}',
            code="invalid_json",
        ) from error
