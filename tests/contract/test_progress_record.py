"""The contract of ProgressRecord."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, ClassVar

import pytest

from keepfit.adapters.aws.clients import client
from keepfit.adapters.aws.dynamodb_items import ModelItems
from keepfit.adapters.aws.dynamodb_monitoring import DynamoProgress
from keepfit.adapters.memory.monitoring import MemoryProgress
from keepfit.monitoring.ports import ProgressRecord
from keepfit.monitoring.prediction_log.progress import Progress, progress_of

DAY = datetime(2013, 2, 1, tzinfo=UTC)


@pytest.fixture
def table(aws: None) -> str:
    client("dynamodb").create_table(
        TableName="registry",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        AttributeDefinitions=[{"AttributeName": n, "AttributeType": "S"} for n in ("pk", "sk")],
        BillingMode="PAY_PER_REQUEST",
    )
    return "registry"


@pytest.fixture(params=["memory", "dynamodb"])
def record(request: pytest.FixtureRequest) -> ProgressRecord:
    if request.param == "memory":
        return MemoryProgress()
    return DynamoProgress(items=ModelItems(table=request.getfixturevalue("table"), model="m"))


def test_before_the_first_run_the_record_is_fresh(record: ProgressRecord) -> None:
    assert record.load() == Progress()


def test_progress_adds_up(record: ProgressRecord) -> None:
    one = progress_of(["2013/02/01/05/a"], DAY)
    other = Progress(last_report="monitoring/m/x.json")
    record.merge(one)
    record.merge(other)
    assert record.load() == one.merged(other)


class BusyItems(ModelItems):
    """Items that somebody else writes to after each of the first two reads."""

    _others: ClassVar[list[str]]

    def get(self, sk: str, kind: type[Any]) -> Any:
        found = super().get(sk, kind)
        if self._others:
            DynamoProgress(items=ModelItems(table=self.table, model=self.model)).merge(
                progress_of([self._others.pop()], None)
            )
        return found


@pytest.mark.parametrize("known", [[], ["2013/02/01/05/known"]])
def test_runs_at_the_same_time_lose_nothing_of_each_other(known: list[str], table: str) -> None:
    others = ["2013/02/01/05/b", "2013/02/01/06/c"]
    record = DynamoProgress(items=ModelItems(table=table, model="m"))
    if known:
        record.merge(progress_of(known, None))
    BusyItems._others = [*others]
    DynamoProgress(items=BusyItems(table=table, model="m")).merge(progress_of(["2013/02/01/05/a"], None))
    assert not BusyItems._others
    assert list(record.load().uncollected([*known, *others, "2013/02/01/05/a"])) == []
