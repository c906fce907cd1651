"""A network of the user's own makes the same vector of a picture wherever it is read, and never another one's."""

from __future__ import annotations

import base64
import hashlib
import io
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

from keepfit.definitions import compiling
from keepfit.definitions.mistakes import InvalidDefinitions
from keepfit.errors import InvalidModel, NotFound, TamperedArtifact
from keepfit.features.extractors.digest import extractor_digest
from keepfit.features.extractors.files import FOLDER, file_name
from keepfit.features.extractors.own_onnx import OwnExtractor, Trial
from keepfit.features.extractors.pictures import colours
from keepfit.features.extractors.probe import try_extractor
from keepfit.features.schema.cells import cell_reader
from keepfit.features.schema.definition import DatasetDefinition, Field
from tests.unit.features.support.embedders import LENGTH, deployed, embedder, network
from tests.unit.features.support.ingesting import Place
from tests.unit.features.support.uploads import problems, read, refusal

SHADES = np.linspace(0, 255, 8 * 8 * 3).reshape(8, 8, 3).astype(np.uint8)


def picture(number: int = 0) -> bytes:
    file = io.BytesIO()
    Image.fromarray(np.roll(SHADES, number)).save(file, "PNG")
    return file.getvalue()


def field(made: bytes, **more: Any) -> Field:
    """A field as a definition with this network compiles it."""
    sha256 = hashlib.sha256(made).hexdigest()
    return Field(
        type="image",
        size=[8, 8],
        extractor=OwnExtractor(onnx="embedder.onnx", sha256=sha256, length=LENGTH, **more),
    )


def asked(made: bytes, data: bytes, **more: Any) -> list[float]:
    """The vector that a request with the picture in base64 gets."""
    return list(cell_reader(field(made, **more))(base64.b64encode(data).decode()))


@pytest.fixture(autouse=True)
def extractors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.syspath_prepend(tmp_path)
    folder = tmp_path / FOLDER
    folder.mkdir()
    return folder


def reference(pixels: np.ndarray[Any, Any], seed: int) -> np.ndarray[Any, Any]:
    """The network of ``embedders`` in numpy, of (height, width, channels)."""
    draw, (height, width, channels) = np.random.default_rng(seed), pixels.shape
    kernels = draw.normal(size=(4, channels, 3, 3)).astype(np.float32)
    weights = draw.normal(size=(4, LENGTH)).astype(np.float32)
    around = np.pad(pixels, ((1, 1), (1, 1), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(around, (3, 3), axis=(0, 1))
    maps = np.maximum(np.einsum("hwcij,kcij->hwk", windows, kernels), 0)
    assert maps.shape == (height, width, 4)
    return np.asarray(maps.mean(axis=(0, 1)) @ weights)


@pytest.mark.parametrize("last", [True, False])
def test_a_network_reads_colours_less_their_mean_by_their_deviation(extractors: Path, *, last: bool) -> None:
    made, mean, std = embedder(last=last, seed=3), [0.4, 0.5, 0.6], [0.2, 0.3, 0.25]
    deployed(extractors, made)
    expected = reference((SHADES / 255 - mean) / std, 3)
    assert asked(made, picture(), mean=mean, std=std) == pytest.approx(expected, rel=1e-4, abs=1e-4)


def test_a_network_of_whole_numbers_reads_bytes_and_one_of_a_channel_brightness(extractors: Path) -> None:
    whole, grey = embedder(whole=True, last=True, seed=5), embedder(channels=1, seed=6)
    deployed(extractors, whole, grey)
    assert asked(whole, picture()) == pytest.approx(reference(SHADES.astype(float), 5), rel=1e-4)
    bright = np.asarray(Image.fromarray(SHADES).convert("L"), float)[..., None] / 255
    assert asked(grey, picture()) == pytest.approx(reference(bright, 6), rel=1e-4)


def test_colours_are_upright_on_white_and_of_eight_bits() -> None:
    file = io.BytesIO()
    Image.new("RGBA", (2, 1), (0, 0, 0, 0)).save(file, "PNG")
    assert colours(file.getvalue(), 2, 1).tolist() == [[[1, 1, 1]] * 2]
    file = io.BytesIO()
    Image.fromarray(np.array([[0, 65535]], np.uint16)).save(file, "PNG")
    assert colours(file.getvalue(), 2, 1).tolist() == [[[0, 0, 0], [1, 1, 1]]]


def test_an_upload_and_a_request_get_the_same_vector_to_the_bit(extractors: Path, tmp_path: Path) -> None:
    made = embedder()
    deployed(extractors, made)
    signs = DatasetDefinition(
        fields={"picture": field(made), "sign": Field(type="category")}, max_bad_share=0.5
    )
    lines = [
        *(f"{base64.b64encode(picture(each)).decode()},stop" for each in range(9)),
        "bm8gcGljdHVyZQ==,stop",
    ]
    body = "\n".join(["picture,sign", *lines]).encode()
    (tmp_path / "work").mkdir()
    outcome = read(tmp_path / "work", body, "signs.csv", signs)
    vectors = [vector for (vector,) in duckdb.sql(f"SELECT picture FROM '{outcome.part}'").fetchall()]
    assert vectors == [asked(made, picture(each)) for each in range(9)]
    assert problems(outcome) == [(11, "picture", "is neither a picture in base64 nor a list of numbers")]


def test_what_is_not_deployed_or_was_changed_there_is_not_run(extractors: Path) -> None:
    made, other = embedder(seed=11), embedder(seed=12)
    with pytest.raises(NotFound, match="deploy the definition"):
        asked(made, picture())
    (extractors / file_name(hashlib.sha256(made).hexdigest())).write_bytes(other)
    with pytest.raises(TamperedArtifact):
        asked(made, picture())


def hungry() -> bytes:
    """Admitted operators that ask for a terabyte: a number is expanded to 2^38 of them."""
    shape = numpy_helper.from_array(np.array([2**20, 2**18], np.int64), "shape")
    nodes = [
        helper.make_node("ReduceMean", ["picture"], ["mean"], axes=[1, 2, 3], keepdims=0),
        helper.make_node("Expand", ["mean", "shape"], ["many"]),
        helper.make_node("ReduceMean", ["many"], ["one"], axes=[0, 1], keepdims=1),
    ]
    return network(nodes, [("picture", TensorProto.FLOAT, [1, 3, 8, 8])], [("one", [1, 1])], [shape])


def test_a_network_that_asks_for_too_much_ends_in_a_process_of_its_own(
    extractors: Path, tmp_path: Path
) -> None:
    made = hungry()
    deployed(extractors, made)
    own = OwnExtractor(onnx="hungry.onnx", sha256=hashlib.sha256(made).hexdigest(), length=1)
    with pytest.raises(InvalidModel, match=r"the first run of the extractor hungry\.onnx"):
        try_extractor(Trial(extractor=own, size=(8, 8)))
    signs = DatasetDefinition(fields={"picture": Field(type="image", size=[8, 8], extractor=own)})
    (tmp_path / "work").mkdir()
    told = refusal(tmp_path / "work", b"picture\n[1]\n", "signs.csv", signs)
    assert "correct the extractor, and read it again" in told


def test_a_digest_is_of_all_that_the_numbers_depend_on_and_not_of_a_name() -> None:
    one = OwnExtractor(onnx="a.onnx", sha256="1" * 64, length=6)
    others = [
        msgspec.structs.replace(one, sha256="2" * 64),
        msgspec.structs.replace(one, mean=[0.5]),
        msgspec.structs.replace(one, std=[0.5]),
        "pixels",
        "hog",
    ]
    size = (8, 8)
    digests = {extractor_digest(each, size) for each in [one, *others]} | {extractor_digest(one, (8, 9))}
    assert len(digests) == len(others) + 2
    assert extractor_digest(msgspec.structs.replace(one, onnx="b.onnx"), size) == extractor_digest(one, size)


def test_a_changed_extractor_makes_vectors_anew_and_never_mixes(extractors: Path, tmp_path: Path) -> None:
    before, after = embedder(seed=1), embedder(seed=2)
    deployed(extractors, before, after)
    bodies = [f"picture\n{base64.b64encode(picture(each)).decode()}\n".encode() for each in range(3)]
    place = Place(definition=DatasetDefinition(fields={"picture": field(before)}))
    for number, body in enumerate(bodies[:2]):
        assert place.upload(f"flights/{number}.csv", body).outcome == "taken"
    assert vectors(place, tmp_path) == [asked(before, picture(each)) for each in range(2)]

    place.definition = DatasetDefinition(fields={"picture": field(after)})
    for refused in (place.upload("flights/2.csv", bodies[2]), place.again("flights/0.csv")):
        assert refused.outcome == "refused"
        assert "(extractor " in str(refused.reason)
        assert "withdraw every upload of before and take each again" in str(refused.reason)
    assert vectors(place, tmp_path) == [asked(before, picture(each)) for each in range(2)]

    for body in bodies[:2]:
        place.withdraw(body, train=False)
    for number in range(3):
        assert place.again(f"flights/{number}.csv").outcome == "taken"
    assert vectors(place, tmp_path) == [asked(after, picture(each)) for each in range(3)]
    digest = extractor_digest(field(after).extractor or "", (8, 8))
    assert [part.extractors for part in place.newest.parts] == [{"picture": digest}] * 3


def test_vectors_of_an_earlier_version_of_the_code_do_not_mix_either(monkeypatch: pytest.MonkeyPatch) -> None:
    body = base64.b64encode(picture()).decode()
    place = Place(definition=DatasetDefinition(fields={"picture": Field(type="image", size=[8, 8])}))
    place.upload("flights/0.csv", f"picture\n{body}\n".encode())
    monkeypatch.setattr("keepfit.features.extractors.digest.DECODING_VERSION", 2)
    assert "(extractor " in str(place.upload("flights/1.csv", f"picture\n{body}\n{body}\n".encode()).reason)


def vectors(place: Place, folder: Path) -> list[list[float]]:
    found: list[tuple[list[float]]] = []
    for part in place.newest.parts:
        place.lake.get_part(part, folder / "part")
        found += duckdb.read_parquet(str(folder / "part")).project("picture").fetchall()
    return [vector for (vector,) in found]


DEFINITION = """
[dataset.signs.fields]
picture = {{ type = "image", extractor = {{ onnx = "embedder.onnx"{more} }}{size} }}
"""


def mistakes(folder: Path, made: bytes | None, more: str = "", size: str = "") -> str:
    if made is not None:
        (folder / "embedder.onnx").write_bytes(made)
    (folder / "signs.toml").write_text(DEFINITION.format(more=more, size=size))
    with pytest.raises(InvalidDefinitions) as refused:
        compiling.compile_all(folder)
    return str(refused.value)


def test_a_definition_reads_length_and_size_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "embedder.onnx").write_bytes(embedder())
    (tmp_path / "signs.toml").write_text(DEFINITION.format(more=", mean = [0.5]", size=""))
    compiled = compiling.compile_all(tmp_path).datasets["signs"].definition.fields["picture"]
    assert compiled == msgspec.structs.replace(field(embedder(), mean=[0.5]), size=[8, 8])


def own_domain() -> bytes:
    model = onnx.load_model_from_string(embedder())
    model.opset_import.append(helper.make_opsetid("com.evil", 1))
    return bytes(model.SerializeToString())


def external_data() -> bytes:
    model = onnx.load_model_from_string(embedder())
    tensor = model.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="/etc/passwd")
    return bytes(model.SerializeToString())


def of_two_pictures() -> bytes:
    return network(
        [helper.make_node("Flatten", ["a"], ["y"])],
        [("a", TensorProto.FLOAT, [1, 3, 8, 8]), ("b", TensorProto.FLOAT, [1, 3, 8, 8])],
        [("y", [1, 192])],
        [],
    )


def of_any_length() -> bytes:
    return network(
        [helper.make_node("Flatten", ["a"], ["y"])],
        [("a", TensorProto.FLOAT, [1, 3, 8, 8])],
        [("y", ["n", "k"])],
        [],
    )


@pytest.mark.parametrize(
    ("made", "more", "size", "message"),
    [
        (None, "", "", "embedder.onnx cannot be read: No such file"),
        (b"no network", "", "", "this ONNX file must not be loaded"),
        (own_domain(), "", "", "imports the operator domain 'com.evil'"),
        (external_data(), "", "", "this ONNX file must not be loaded"),
        (b"\0" * 25_000_001, "", "", "has 25,000,001 bytes, and up to 25,000,000 are taken"),
        (of_two_pictures(), "", "", "has another input than one picture at a time"),
        (embedder(channels=2), "", "", "has another input than one picture at a time"),
        (of_any_length(), "", "", "does not say how many numbers its first output has"),
        (embedder(), "", ", size = [8, 9]", "takes pictures of [8, 8], and size is [8, 9]"),
        (embedder(size="s"), "", "", "takes pictures of any size; say with size"),
        (embedder(), ", mean = [0.5, 0.5]", "", "reads 3 channels, and mean has 2 numbers"),
        (embedder(), ", std = [0.0]", "", "std holds 0"),
        (embedder(), ', sha256 = "00"', "", "sha256 cannot be written here"),
        (embedder(), ", means = [0.5]", "", "is not a known key"),
    ],
)
def test_a_file_that_is_no_such_network_is_told(
    tmp_path: Path, made: bytes | None, more: str, size: str, message: str
) -> None:
    assert message in mistakes(tmp_path, made, more, size)


def test_a_file_outside_the_folder_of_definitions_is_not_read(tmp_path: Path) -> None:
    folder = tmp_path / "models"
    folder.mkdir()
    (tmp_path / "embedder.onnx").write_bytes(embedder())
    text = DEFINITION.format(more="", size="").replace("embedder.onnx", "../embedder.onnx")
    (folder / "signs.toml").write_text(text)
    with pytest.raises(InvalidDefinitions, match="is outside the folder of the definitions"):
        compiling.compile_all(folder)
