"""The function that materialises online views, as events and people call it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from keepfit.adapters.aws.clients import client
from keepfit.adapters.aws.dynamodb_online import DynamoOnlineStore
from keepfit.definitions.compiled_model import CompiledDataset, CompiledDatasets, CompiledViews, encode
from keepfit.errors import InvalidRequest, NotFound
from keepfit.features.online import materialize
from keepfit.features.online.latest import LatestReader
from keepfit.features.online.lookups import lookup_of
from keepfit.features.online.readings import reading_of
from keepfit.features.online.revisions import micros
from keepfit.features.schema.dataset_cells import cells_of
from keepfit.features.schema.definition import DatasetDefinition, Field
from keepfit.features.schema.view_definition import FeatureViewDefinition
from keepfit.instants import Duration, from_iso
from keepfit.layout import ViewScope
from tests.functions.conftest import Load
from tests.functions.test_ingest_upload import intake, uploaded

__all__ = ["intake"]

WEATHER = DatasetDefinition(
    event_time="moment",
    fields={
        "station": Field(type="category"),
        "moment": Field(type="timestamp"),
        "rain": Field(type="float"),
    },
)
VIEW = FeatureViewDefinition(
    dataset="weather", entity=["station"], latest=["rain"], ttl=Duration.parse("6h"), online=True
)
ROWS = b"station,moment,rain\nnorth,2013-01-01T00:00:00Z,1.5\nsouth,2013-01-01T00:00:00Z,2\n"
EVENT = {
    "source": "keepfit",
    "detail-type": "Dataset Updated",
    "detail": {"dataset": "weather", "version": 1},
}


@pytest.fixture
def handler(intake: None, load: Load, context: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The function's handler; one upload of weather was taken."""
    datasets = CompiledDatasets(datasets={"weather": CompiledDataset(name="weather", definition=WEATHER)})
    views = CompiledViews(views={"rain": VIEW}, datasets={"weather": WEATHER})
    for name, value in (("definition", datasets), ("views", views)):
        client("s3").put_object(Bucket="artifacts", Key=f"assets/{name}.json", Body=encode(value))
    assert load("ingest_upload/handler").handler(uploaded("weather/a.csv", ROWS), context)["version"] == 1
    client("dynamodb").create_table(
        TableName="online",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
        BillingMode="PAY_PER_REQUEST",
    )
    monkeypatch.setenv("KEEPFIT_ONLINE_TABLE", "online")
    monkeypatch.setenv("KEEPFIT_DEFINITION", "artifacts/assets/views.json")
    handle = load("materialize_features/handler").handler

    def called(event: dict[str, Any], *, seconds: float = 900) -> Any:
        context.get_remaining_time_in_millis = lambda: seconds * 1000
        return handle(event, context)

    return called


def served(station: str) -> list[Any]:
    """What a request of three o'clock gets of a station."""
    reader = LatestReader(lookup_of("rain", VIEW, WEATHER, forms={**cells_of(WEATHER)}, features=["rain"]))
    moment = micros(from_iso("2013-01-01T03:00:00Z"))
    store = DynamoOnlineStore(table="online")
    read = lambda keys: {key: held.body for key, held in store.read(keys).items()}  # noqa: E731
    reading = reading_of(reader, ViewScope("rain"), f'["{station}"]', moment, moment, read)
    return [reading.state, reading.values.get("rain")]


def test_a_new_version_is_materialised(handler: Any) -> None:
    [view] = handler(EVENT)["views"]
    assert (view["view"], view["outcome"], view["state"]["version"]) == ("rain", "materialized", 1)
    assert [served(name) for name in ("north", "south", "west")] == [
        ["found", 1.5],
        ["found", 2.0],
        ["absent", None],
    ]


def test_an_event_that_comes_twice_changes_nothing(handler: Any) -> None:
    first, second = handler(EVENT), handler(EVENT)
    assert second == first


def test_other_datasets_are_none_of_its_business(handler: Any) -> None:
    assert handler({**EVENT, "detail": {"dataset": "flights"}}) == {"views": []}


def test_what_takes_too_long_goes_on_with_an_event_of_its_own(
    handler: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(materialize, "_ROWS_OF_A_UNIT", 1)
    sent: list[Any] = []
    monkeypatch.setattr(
        "keepfit.runtime.materialize_features.EventBridge",
        lambda: SimpleNamespace(put=lambda *event: sent.append(event)),
    )
    [view] = handler(EVENT, seconds=100)["views"]
    assert (view["outcome"], view["state"]["done"], view["state"]["units"]) == ("unfinished", 1, 2)
    assert sent == [("Features Behind", {"dataset": "weather"})]
    [view] = handler({**EVENT, "detail": sent[0][1]}, seconds=100)["views"]
    assert view["outcome"] == "materialized"


def test_a_person_makes_a_view_anew(handler: Any) -> None:
    handler(EVENT)
    [view] = handler({"action": "materialize", "view": "rain", "anew": True})["views"]
    assert (view["outcome"], view["state"]["entities"], view["state"]["written"]) == ("materialized", 2, 0)


def test_a_view_that_is_not_online_is_named_with_those_that_are(handler: Any) -> None:
    with pytest.raises(NotFound, match="no view 'rainn' is online; those that are: rain"):
        handler({"action": "materialize", "view": "rainn"})
    with pytest.raises(InvalidRequest, match="cannot perform this action"):
        handler({"action": "materialize"})


def test_a_dataset_without_a_version_is_no_data(handler: Any) -> None:
    client("dynamodb").delete_item(
        TableName="registry", Key={"pk": {"S": "dataset#weather"}, "sk": {"S": "head"}}
    )
    assert handler(EVENT) == {"views": [{"view": "rain", "outcome": "no data", "state": None}]}
