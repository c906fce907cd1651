"""Composition root of `materialize_features`: builds ``Materializing`` from environment variables."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Literal

import msgspec

from keepfit import variables
from keepfit.adapters.aws.dynamodb_datasets import DynamoDatasets
from keepfit.adapters.aws.dynamodb_online import DynamoMaterializations, DynamoOnlineStore
from keepfit.adapters.aws.eventbridge import EventBridge
from keepfit.adapters.aws.s3_artifacts import S3Artifacts
from keepfit.adapters.aws.s3_lake import S3Lake
from keepfit.adapters.duckdb.online_revisions import DuckdbRowsOfEntities
from keepfit.errors import Conflict, InvalidRequest
from keepfit.events import FEATURES_BEHIND
from keepfit.features.online.materialization import Materialization
from keepfit.features.online.materialize import Materializing
from keepfit.features.online.view import OnlineView
from keepfit.features.online.withdraw_rows import TakingBack
from keepfit.runtime.online_views import online_view, online_views
from keepfit.runtime.settings import setting

# A unit takes a minute or two; there must be time for one more.
_SECONDS_OF_A_UNIT = 240.0


class Materialized(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a view: ``state`` is None where its dataset has no version yet.

    What is done "elsewhere" is left to another call, which looks for what is new before it ends.
    """

    view: str
    outcome: Literal["materialized", "unfinished", "elsewhere", "no data"]
    state: Materialization | None


class Asked(msgspec.Struct, frozen=True, kw_only=True, tag_field="action", tag="materialize"):
    """A person wants a view to be materialised, ``anew`` or from where it is, for some seconds.

    ``as_of`` is the earliest moment that windows are asked as of, see ``Materializing.run``.
    """

    view: str
    anew: bool = False
    as_of: datetime | None = None
    seconds: float = 20.0


def materialize_for_event(event: dict[str, Any], seconds_left: Callable[[], float]) -> list[Materialized]:
    """Materialises every view of the dataset of an event; what takes too long goes on with another event.

    Rows of an upload that was ``refused``, which were written in real time, are taken out of them before.
    """
    dataset = event["detail"]["dataset"]
    views = [view for view in online_views().values() if view.definition.dataset == dataset]
    if refused := event["detail"].get("refused"):
        _take_back(views, refused)
    results = [_materialize(view, lambda: seconds_left() > _SECONDS_OF_A_UNIT) for view in views]
    if any(result.outcome == "unfinished" for result in results):
        EventBridge().put(FEATURES_BEHIND, {"dataset": dataset})
    return results


def materialize_for_person(event: dict[str, Any], seconds_left: Callable[[], float]) -> list[Materialized]:
    """Materialises the view that a person names, a part of it at least.

    Raises:
        InvalidRequest: something that it needs is missing.
        NotFound: there is no such view online.
    """
    try:
        asked = msgspec.convert(event, Asked)
    except msgspec.ValidationError as error:
        raise InvalidRequest(
            f"materialize_features cannot perform this action: {error}", code="invalid_action"
        ) from error
    started = seconds_left()
    goes_on = lambda: started - seconds_left() < asked.seconds  # noqa: E731
    return [_materialize(online_view(asked.view), goes_on, anew=asked.anew, as_of=asked.as_of)]


def _take_back(views: Sequence[OnlineView], key: str) -> None:
    body = S3Artifacts(bucket=setting(variables.INTAKE_BUCKET)).get(key)
    for view in views:
        TakingBack(
            view=view,
            lake=S3Lake(bucket=setting(variables.LAKE_BUCKET)),
            records=DynamoDatasets(table=setting(variables.REGISTRY_TABLE), keep=view.dataset.keep),
            rows=DuckdbRowsOfEntities(),
            store=DynamoOnlineStore(table=setting(variables.ONLINE_TABLE)),
        ).run(body)


def _materialize(
    view: OnlineView, goes_on: Callable[[], bool], *, anew: bool = False, as_of: datetime | None = None
) -> Materialized:
    materializing = Materializing(
        view=view,
        lake=S3Lake(bucket=setting(variables.LAKE_BUCKET)),
        records=DynamoDatasets(table=setting(variables.REGISTRY_TABLE), keep=view.dataset.keep),
        rows=DuckdbRowsOfEntities(),
        store=DynamoOnlineStore(table=setting(variables.ONLINE_TABLE)),
        progress=DynamoMaterializations(table=setting(variables.REGISTRY_TABLE)),
    )
    try:
        state = materializing.run(goes_on, anew=anew, as_of=as_of)
    except Conflict:
        return Materialized(view=view.name, outcome="elsewhere", state=materializing.progress.get(view.name))
    if state is None:
        return Materialized(view=view.name, outcome="no data", state=None)
    outcome: Literal["materialized", "unfinished"] = "unfinished" if state.unfinished else "materialized"
    return Materialized(view=view.name, outcome=outcome, state=state)
