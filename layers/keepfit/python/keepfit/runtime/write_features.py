"""Composition root of `write_features`: builds ``WritingFeatures`` from environment variables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from keepfit import variables
from keepfit.adapters.aws.dynamodb_datasets import DynamoDatasets
from keepfit.adapters.aws.dynamodb_online import DynamoOnlineStore
from keepfit.adapters.aws.s3_artifacts import S3Artifacts
from keepfit.api_routes import FEATURES_PATH
from keepfit.errors import NotFound
from keepfit.features.online.view import OnlineView
from keepfit.features.online.write import WritingFeatures, Written
from keepfit.runtime.access import refused
from keepfit.runtime.live_writes import answered, read_body
from keepfit.runtime.online_views import online_views
from keepfit.runtime.settings import setting


class _Body(msgspec.Struct, forbid_unknown_fields=True):
    rows: list[Any]
    event_id: str | None = None


def respond(event: Mapping[str, Any]) -> dict[str, Any]:
    """The response to an API Gateway event: 200 where requests see the rows, 202 where they will."""
    told = refused(event, FEATURES_PATH)
    if told is not None:
        return told
    return answered(lambda: _write(event), unknown="unknown_view")


def _write(event: Mapping[str, Any]) -> tuple[int, Written]:
    body = read_body(event, _Body, example='{"rows": [...], "event_id": "..."}')
    written = _writing(event["pathParameters"]["view"]).write(body.rows, body.event_id)
    return 200 if written.online else 202, written


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
