"""Requests that name entities get their features added, by the rule of training; the log says where from."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal

import msgspec
import pytest

from keepfit.errors import ServiceUnavailable
from keepfit.features.online.ports import ItemKey
from keepfit.features.online.revisions import Revision, micros, to_json
from keepfit.features.schema import signature as signatures
from keepfit.features.schema.signature import Column, Lookup
from keepfit.instants import from_iso
from keepfit.serving.inference.scorer import Scorer
from keepfit.serving.release.requests_to_test import lookup_tests
from keepfit.serving.requests import feature_lookup
from keepfit.serving.requests.lookup_predictor import LookupPredictor
from keepfit.serving.requests.predictor import Predictor
from tests.unit.serving.support.small_model import INSTANCE, SIGNATURE, model, scorer

SENT = {name: value for name, value in INSTANCE.items() if name != "wind gust"}
JFK = ItemKey('weather#["JFK","UA"]', "latest")


def lookup(on_outage: Literal["fail", "missing"] = "fail") -> Lookup:
    return Lookup(
        view="weather",
        entity=[
            Column(name="airport", source="input", type="category", nullable=True),
            Column(name="carrier", source="input", type="category"),
        ],
        features=["wind gust"],
        delay_s=0,
        ttl_s=3600,
        timeless=False,
        on_outage=on_outage,
    )


@cache
def looking_up(on_outage: Literal["fail", "missing"]) -> Scorer:
    signature = msgspec.structs.replace(SIGNATURE, lookups=[lookup(on_outage)])
    return Scorer.load(model(), signatures.to_json(signature))


@dataclass
class Reader:
    """Knows the gust at JFK at five o'clock."""

    down: bool = False
    asked: list[list[ItemKey]] = field(default_factory=list)

    def read(self, keys: Sequence[ItemKey]) -> Mapping[ItemKey, str]:
        self.asked.append(list(keys))
        if self.down:
            raise ServiceUnavailable("it did not answer")
        at = micros(from_iso("2013-03-01T17:00:00Z"))
        known = Revision(at, at, "5ha", 1, at, None, {"wind gust": 3.5})
        return {JFK: to_json([known])} if JFK in keys else {}


class Asking:
    """A predictor, what it logged, and what it read."""

    def __init__(self, on_outage: Literal["fail", "missing"] = "fail", *, down: bool = False) -> None:
        self.reader, self.logged = Reader(down=down), b""
        self._predictor = LookupPredictor(
            scorer=looking_up(on_outage),
            model="flight_delay",
            version=1,
            log=self._log,
            lambda_version="7",
            reader=self.reader,
        )

    def _log(self, lines: bytes) -> None:
        self.logged += lines

    def ask(self, *instances: dict[str, Any], **event: Any) -> dict[str, Any]:
        return self._predictor.answer({"body": json.dumps({"instances": instances}), **event})

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.logged.splitlines()]


def probabilities(response: dict[str, Any]) -> list[float]:
    assert response["statusCode"] == 200, response
    found: list[float] = json.loads(response["body"])["probabilities"]
    return found


def whole(gust: float | None) -> float:
    """What the model answers to the whole instance."""
    predictor = Predictor(scorer=scorer(), model="flight_delay", version=1, log=lambda _: None)
    body = json.dumps({"instances": [{**SENT, "wind gust": gust}]})
    return probabilities(predictor.answer({"body": body}))[0]


def problems(response: dict[str, Any]) -> list[tuple[int, str, str]]:
    assert response["statusCode"] == 400
    details = json.loads(response["body"])["errors"]
    return [(detail["row"], detail["field"], detail["message"]) for detail in details]


def test_features_of_the_entity_are_added_in_one_read() -> None:
    asking = Asking()
    answered = asking.ask({**SENT, "airport": "JFK"}, {**SENT, "airport": " JFK"}, {**SENT, "airport": "LGA"})
    assert probabilities(answered) == [whole(3.5), whole(3.5), whole(None)]
    assert asking.reader.asked == [[JFK, ItemKey('weather#["LGA","UA"]', "latest")]]


def test_the_log_says_what_was_served_how_old_it_was_and_where_it_came_from() -> None:
    asking = Asking()
    asking.ask({**SENT, "airport": "JFK"}, {**SENT, "airport": None})
    found, lacking = asking.lines
    assert found["inputs"] == {**SENT, "airport": "JFK", "wind gust": 3.5}
    at = "2013-03-01T17:00:00.000000Z"
    assert found["features"] == {
        "weather": {"state": "found", "happened": at, "known": at, "age_s": 1800.0, "source": "5ha"}
    }
    assert (lacking["inputs"]["wind gust"], lacking["features"]) == (
        None,
        {"weather": {"state": "no entity"}},
    )


def test_what_is_older_than_the_ttl_is_missing_and_told_as_expired() -> None:
    asking = Asking()
    late = {**SENT, "airport": "JFK", "departure": "2013-03-01T18:00:01Z"}
    probabilities(asking.ask(late))
    assert asking.lines[0]["inputs"]["wind gust"] is None
    assert asking.lines[0]["features"]["weather"]["state"] == "expired"


def test_a_feature_that_is_sent_counts_and_nothing_is_read() -> None:
    asking = Asking()
    assert probabilities(asking.ask(INSTANCE)) == [whole(12.5)]
    assert probabilities(asking.ask({**INSTANCE, "wind gust": None})) == [whole(None)]
    assert asking.reader.asked == []
    assert asking.lines[0]["features"] == {"weather": {"state": "sent"}}


def test_csv_may_have_the_key_or_the_feature() -> None:
    headers = {"content-type": "text/csv"}
    for name, value in (("airport", "JFK"), ("wind gust", "3.5")):
        cells = {**SENT, name: value}
        body = f"{','.join(cells)}\n{','.join(map(str, cells.values()))}\n"
        answered = Asking()._predictor.answer({"body": body, "headers": headers})
        assert answered["statusCode"] == 200, answered
        assert answered["body"].splitlines()[1].split(",")[1] == str(whole(3.5))


def test_a_key_that_is_missing_or_of_another_type_is_named() -> None:
    asking = Asking()
    assert problems(asking.ask({**SENT, "airport": "JFK"}, SENT)) == [
        (1, "airport", "is missing: send it, or every feature of weather")
    ]
    assert problems(asking.ask({**SENT, "airport": ["JFK"]})) == [(0, "airport", "is not text")]
    assert problems(asking.ask({**SENT, "airport": "x" * 1001})) == [
        (0, "airport", "is longer than 1000 characters")
    ]
    assert problems(asking.ask({**SENT, "airport": "JFK", "gate": 1})) == [
        (0, "gate", "is not a field of this model")
    ]
    assert asking.reader.asked == []


def test_a_store_that_is_down_is_a_503_that_says_when_to_try_again() -> None:
    answered = Asking(down=True).ask({**SENT, "airport": "JFK"})
    error = json.loads(answered["body"])
    assert (answered["statusCode"], answered["headers"]["retry-after"]) == (503, "1")
    assert (error["code"], "it did not answer" in error["detail"]) == ("features_unavailable", True)


def test_or_the_features_are_missing_and_a_header_says_so() -> None:
    asking = Asking("missing", down=True)
    answered = asking.ask({**SENT, "airport": "JFK"})
    assert probabilities(answered) == [whole(None)]
    assert answered["headers"][feature_lookup.FEATURES_MISSING] == "weather"
    assert asking.lines[0]["features"] == {"weather": {"state": "outage"}}


def test_too_many_entities_are_refused_before_anything_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feature_lookup, "MAX_ITEMS", 2)
    asking = Asking()
    answered = asking.ask(*({**SENT, "airport": name} for name in "abc"))
    assert answered["statusCode"] == 413
    assert json.loads(answered["body"])["code"] == "too_many_entities"
    assert asking.reader.asked == []


def test_a_system_test_is_told_which_release_answered() -> None:
    route = "POST /models/flight_delay/next/predict"
    asking = Asking(down=True)
    for answered in (
        asking.ask(INSTANCE, routeKey=route),
        asking.ask({**SENT, "airport": "J"}, routeKey=route),
    ):
        assert answered["headers"]["keepfit-lambda-version"] == "7"
    assert asking.lines[0]["kind"] == "golden"


def test_signatures_without_lookups_stay_as_they_were() -> None:
    assert b"lookups" not in signatures.to_json(SIGNATURE)


@pytest.mark.parametrize(("down", "problem"), [(False, None), (True, "it is answered 503 instead of 200")])
def test_a_release_is_asked_by_keys_before_clients_are(*, down: bool, problem: str | None) -> None:
    asking = Asking(down=down)
    [test] = lookup_tests(INSTANCE, looking_up("fail").signature, version=1)
    instance = json.loads(test.body)["instances"][0]
    assert "wind gust" not in instance
    assert instance["carrier"] == "UA"
    answered = asking.ask(instance)
    told = test.problem(answered["statusCode"], answered["body"].encode())
    assert told == problem if problem is None else told is not None and told.startswith(problem)
    assert [key.entity for key in asking.reader.asked[0]] == ['weather#["an entity that nobody has","UA"]']


def test_without_lookups_nothing_more_is_asked() -> None:
    assert [*lookup_tests(INSTANCE, SIGNATURE, version=1)] == []
