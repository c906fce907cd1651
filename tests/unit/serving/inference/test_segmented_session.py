"""A version with models of segments answers each row by its own, in order, and holds no more than it may."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sklearn.ensemble import RandomForestClassifier

from keepfit.errors import InvalidModel
from keepfit.features.schema.signature import to_json
from keepfit.registry.segment_pack import SegmentPack, pack_segments
from keepfit.serving.inference.onnx_session import Session
from keepfit.serving.inference.probe import probe
from keepfit.serving.inference.scorer import Scorer
from keepfit.serving.inference.segmented_session import SegmentedSession
from tests.unit.serving.support.small_model import (
    INSTANCE,
    SIGNATURE,
    _fitted,
    constant_model,
    growing_model,
    instances,
    model,
    signature,
)

FOREST = _fitted(RandomForestClassifier(5, max_depth=3, random_state=3))
PACK = pack_segments("carrier", {"UA": FOREST, "AA": constant_model(0.75)})


def answered(scorer: Scorer, rows: list[dict[str, Any]]) -> list[float]:
    answers: list[float] = scorer.score(scorer.decode(json.dumps({"instances": rows}).encode())).tolist()
    return answers


def test_each_row_is_answered_by_the_model_of_its_segment_and_all_others_by_the_fallback() -> None:
    scorer, rows = Scorer.load(model(), signature(), PACK), instances(60)
    alone = {
        "UA": Scorer.load(FOREST, signature()),
        "AA": Scorer.load(constant_model(0.75), signature()),
        "ZZ": Scorer.load(model(), signature()),
    }
    together = answered(scorer, rows)
    assert together == [answered(alone[row["carrier"]], [row])[0] for row in rows]
    # Bit by bit the same, alone or among others of any segment.
    assert together == [answered(scorer, [row])[0] for row in rows]
    assert scorer.segments == {"UA", "AA"}


@pytest.mark.parametrize("carrier", [" UA ", "AA", "never seen", "", 7])
def test_a_segment_is_known_however_its_value_is_written(carrier: Any) -> None:
    row = {**INSTANCE, "carrier": carrier}
    nullable = msgspec.structs.replace(SIGNATURE.columns[0], nullable=True)
    sent = to_json(msgspec.structs.replace(SIGNATURE, columns=[nullable, *SIGNATURE.columns[1:]]))
    expected = {" UA ": FOREST, "AA": constant_model(0.75)}.get(carrier, model())
    assert answered(Scorer.load(model(), sent, PACK), [row]) == answered(Scorer.load(expected, sent), [row])


def test_models_are_read_from_their_file_when_they_are_first_asked(tmp_path: Path) -> None:
    path = tmp_path / "segments.zip"
    path.write_bytes(PACK)
    scorer, read = Scorer.load(model(), signature(), path), list[str]()
    original = SegmentPack.read
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SegmentPack, "read", lambda pack, value: read.append(value) or original(pack, value))
        for _ in range(3):
            answered(scorer, [{**INSTANCE, "carrier": "AA"}])
    assert read == ["AA"]


def test_where_memory_is_short_the_one_that_was_asked_least_recently_goes() -> None:
    pack = SegmentPack(pack_segments("carrier", {name: constant_model(0.5) for name in ("a", "b", "c")}))
    columns = [
        msgspec.structs.replace(SIGNATURE.columns[0], vocabulary=["a", "b", "c"]),
        *SIGNATURE.columns[1:],
    ]
    known = msgspec.structs.replace(SIGNATURE, columns=columns)
    fallback, loaded = Session(model(), ["probabilities"]), list[str]()
    room = 2 * (100_000 + 7 * pack.sizes["a"])
    session = SegmentedSession(fallback, pack, known, ["probabilities"], most=room)
    scorer = Scorer(session, known, Scorer.load(model(), signature()).task)
    original = SegmentPack.read
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SegmentPack, "read", lambda pack, value: loaded.append(value) or original(pack, value))
        for carrier in "abacabz":
            answered(scorer, [{**INSTANCE, "carrier": carrier}])
    assert "".join(loaded) == "abcb"


@pytest.mark.parametrize(
    ("pack", "says"),
    [
        (pack_segments("distance", {"1": FOREST}), "'distance', which is no category that the model reads"),
        (pack_segments("carrier", {"ZZ": FOREST}), "does not know 'ZZ'"),
    ],
)
def test_a_pack_that_is_not_of_the_signature_is_refused(pack: bytes, says: str) -> None:
    with pytest.raises(InvalidModel, match=says):
        Scorer.load(model(), signature(), pack)


def test_the_first_run_in_a_sandbox_asks_every_model_whomever_the_requests_are_of() -> None:
    assert probe(model(), signature(), [INSTANCE], PACK) == answered(
        Scorer.load(FOREST, signature()), [INSTANCE]
    )
    hostile = pack_segments("carrier", {"AA": growing_model()})
    with pytest.raises(InvalidModel, match="Concat"):
        probe(model(), signature(), [INSTANCE], hostile)
