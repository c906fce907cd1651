from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest

from keepfit.instants import Duration
from keepfit.views.document import to_json
from keepfit.views.ledger import read_ledger
from keepfit.views.stores import ModelStores
from tests.unit.views.support import history


def test_instants_are_written_in_utc_wherever_they_are_from() -> None:
    noon = datetime(2013, 3, 1, 12, tzinfo=timezone(timedelta(hours=-5)))
    assert json.loads(to_json([noon, noon.astimezone(UTC)])) == ["2013-03-01T17:00:00.000000Z"] * 2


def test_durations_are_written_as_in_definitions() -> None:
    assert json.loads(to_json({"window": Duration.parse("30d")})) == {"window": "30d"}


def test_numbers_that_json_has_not_are_refused() -> None:
    with pytest.raises(ValueError, match="JSON"):
        to_json(float("nan"))


def test_a_view_is_its_fields_in_order(stores: ModelStores) -> None:
    history.two_releases(stores)
    document = json.loads(to_json(read_ledger(stores)))
    assert list(document) == ["model", "intact", "broken", "entries", "former_stacks", "pruned"]
    assert [entry["seq"] for entry in document["entries"]] == [1, 2]
