"""A pack holds the models of segments, gives each by itself, and is refused where it holds anything else."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from keepfit.errors import InvalidModel
from keepfit.registry.pack_inspection import admit_pack
from keepfit.registry.segment_pack import SegmentPack, pack_segments
from tests.unit.serving.support.small_model import constant_model, growing_model

MODELS = {"UA": constant_model(0.25), "a/../b": constant_model(0.75)}


def test_the_same_models_are_the_same_bytes_and_each_is_read_by_itself(tmp_path: Path) -> None:
    pack = pack_segments("carrier", MODELS)
    assert pack == pack_segments("carrier", dict(reversed(MODELS.items())))
    (tmp_path / "segments.zip").write_bytes(pack)
    for source in (pack, tmp_path / "segments.zip"):
        opened = SegmentPack(source)
        assert (opened.by, opened.sizes) == ("carrier", {name: len(body) for name, body in MODELS.items()})
        assert {name: opened.read(name) for name in MODELS} == MODELS
    # No value of the data is the name of a file.
    assert sorted(zipfile.ZipFile(io.BytesIO(pack)).namelist()) == [
        "00001.onnx",
        "00002.onnx",
        "segments.json",
    ]


def changed(**entries: bytes | None) -> bytes:
    """A pack with other entries, None for one that is left out."""
    source, made = zipfile.ZipFile(io.BytesIO(pack_segments("carrier", MODELS))), io.BytesIO()
    with zipfile.ZipFile(made, "w") as target:
        files = {name: source.read(name) for name in source.namelist()}
        for name, body in {**files, **{key.replace("_", "."): body for key, body in entries.items()}}.items():
            if body is not None:
                target.writestr(name, body)
    return made.getvalue()


@pytest.mark.parametrize(
    ("pack", "says"),
    [
        (b"no zip", "it cannot be read"),
        (changed(segments_json=None), "it cannot be read"),
        (changed(segments_json=b"[]"), "it cannot be read"),
        (changed(other_txt=b"x"), "its index and its entries are not the same"),
        (changed(segments_json=b'{"by":"carrier","models":{"UA":"00009.onnx"}}'), "it cannot be read"),
    ],
)
def test_a_file_that_is_no_such_pack_is_refused(pack: bytes, says: str) -> None:
    with pytest.raises(InvalidModel, match=says):
        SegmentPack(pack)


def test_compressed_entries_are_refused_as_they_may_grow() -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as target:
        target.writestr("segments.json", b'{"by":"carrier","models":{}}')
    with pytest.raises(InvalidModel, match="not stored as it is"):
        SegmentPack(made.getvalue())


def test_every_model_of_a_pack_is_inspected_before_any_is_loaded() -> None:
    admit_pack(pack_segments("carrier", MODELS))
    hostile = growing_model().replace(b"Concat", b"Loopxx")
    with pytest.raises(InvalidModel, match="the segment 'AA': "):
        admit_pack(pack_segments("carrier", {**MODELS, "AA": hostile}))
