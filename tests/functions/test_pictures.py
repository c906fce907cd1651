"""Pictures, from an upload to answers: the digits that scikit-learn ships, as 1,797 PNG files in an archive."""

from __future__ import annotations

import base64
import io
import json
import zipfile
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_digits

from keepfit.application.holdout import read_holdout
from keepfit.errors import InvalidRequest, NotFound
from keepfit.features.extractors import onnx_session
from keepfit.features.extractors.files import FOLDER
from keepfit.features.schema.cell_form import CellForm
from keepfit.features.schema.types.image import picture_reader
from keepfit.runtime import predict
from keepfit.serving.inference.scorer import Scorer
from keepfit.training.runs.run_files import CandidateFiles, RunFiles
from tests.functions.conftest import Load
from tests.functions.uploaded_run import trained
from tests.unit.features.support.embedders import deployed, embedder

TOML = """
[dataset.digits.fields]
pixels = { type = "image", size = [8, 8] }
look   = { type = "image", extractor = { onnx = "embedder.onnx", mean = [0.5] } }
digit  = { type = "category" }
[model.digit]
dataset = "digits"
label   = "digit"
inputs  = ["pixels", "look"]
[model.digit.training.candidates.logistic]
algorithm = "logistic_regression"
"""


EMBEDDER = embedder(channels=1)


def pictures() -> list[tuple[bytes, str]]:
    """Each digit as a PNG file, and its label."""
    digits, made = load_digits(), []
    for image, label in zip(digits.images, digits.target, strict=True):
        file = io.BytesIO()
        Image.fromarray((image * 255 / 16).round().astype(np.uint8)).save(file, "PNG")
        made.append((file.getvalue(), str(label)))
    return made


def archive(drawn: list[tuple[bytes, str]]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as packed:
        names = [f"pictures/{number:04}.png" for number in range(len(drawn))]
        lines = [f"{name},{name},{label}" for name, (_, label) in zip(names, drawn, strict=True)]
        packed.writestr("labels.csv", "\n".join(["pixels,look,digit", *lines]))
        for name, (picture, _) in zip(names, drawn, strict=True):
            packed.writestr(name, picture)
    return file.getvalue()


@pytest.fixture
def files(
    training_stack: None,
    load: Load,
    context: SimpleNamespace,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> RunFiles:
    """A run whose training set was built from one upload, and whose candidate was trained."""
    monkeypatch.setenv("KEEPFIT_LAKE_BUCKET", "lake")
    monkeypatch.setenv("KEEPFIT_MODEL", "digit")
    monkeypatch.syspath_prepend(tmp_path / "layer")
    (tmp_path / "layer" / FOLDER).mkdir(parents=True)
    (tmp_path / "embedder.onnx").write_bytes(EMBEDDER)
    deployed(tmp_path / "layer" / FOLDER, EMBEDDER)
    return trained(
        tmp_path,
        TOML,
        "digits/all.zip",
        archive(pictures()),
        load=load,
        context=context,
        candidates=["logistic"],
    )


def test_a_model_of_pictures_answers_requests_that_hold_them(files: RunFiles, tmp_path: Path) -> None:
    own = files.candidate("logistic")
    scorer = Scorer.load(own.get("model.onnx"), own.get("signature.json"))
    holdout = read_holdout(files.rows.get("holdout.jsonl"))
    vectors = [json.loads(bytes(row.instance)) for row in holdout]
    outputs = scorer.score(scorer.decode(json.dumps({"instances": vectors})))
    native = np.load(io.BytesIO(own.get("scores.npy")))
    assert np.abs(outputs - native).max() < 1e-6
    answers = np.asarray(scorer.task.decide(outputs))
    labels = np.asarray([row.label for row in holdout])
    assert np.mean(answers == labels) >= 0.95

    drawn = {tuple(read_picture(picture)): picture for picture, _ in pictures()}
    encoded = [base64.b64encode(drawn[tuple(each["pixels"])]).decode() for each in vectors]
    as_pictures = json.dumps({"instances": [{"pixels": picture, "look": picture} for picture in encoded]})
    assert np.array_equal(scorer.score(scorer.decode(as_pictures)), outputs)
    anything_else_is_told(scorer, look=vectors[0]["look"])
    a_release_without_its_extractor_does_not_load(own, tmp_path)


def read_picture(picture: bytes) -> list[float]:
    return list(picture_reader(CellForm(type="image", size=[8, 8]))(picture))


def a_release_without_its_extractor_does_not_load(own: CandidateFiles, folder: Path) -> None:
    (folder / "release").mkdir()
    for name in ("model.onnx", "signature.json"):
        (folder / "release" / name).write_bytes(own.get(name))
    (folder / "release" / "release.json").write_text('{"model": "digit", "version": 1}')
    predict.load(folder / "release")
    (file,) = (folder / "layer" / FOLDER).iterdir()
    file.unlink()
    onnx_session._session.cache_clear()
    with pytest.raises(NotFound, match=r"the extractor [0-9a-f]{12} is not here"):
        predict.load(folder / "release")


def anything_else_is_told(scorer: Scorer, *, look: list[float]) -> None:
    wrong = "is neither a picture in base64 nor a list of numbers"
    for pixels, message in (
        ([0.5] * 63, "has not 64 numbers"),
        ("dark", wrong),
        (7, wrong),
        ([1e39] * 64, "is not a finite number of at most 3.4e38"),
        (None, "is null, and the field is not nullable"),
    ):
        with pytest.raises(InvalidRequest) as refusal:
            scorer.decode(
                json.dumps(
                    {"instances": [{"pixels": [0.5] * 64, "look": look}, {"pixels": pixels, "look": look}]}
                )
            )
        assert refusal.value.details == [(1, "pixels", message)]
