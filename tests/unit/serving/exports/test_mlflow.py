"""A version exported for MLflow is a directory whose loader answers as the version does.

MLflow itself is in the proof.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pandas as pd
import pytest

from keepfit.features.schema.signature import to_json
from keepfit.serving.exports.mlflow_model import mlflow_model
from keepfit.serving.exports.mlflow_pyfunc import ExportedVersion
from keepfit.serving.inference.scorer import Scorer
from keepfit.tasks.spec import TaskSpec
from tests.unit.serving.support.exporting import manifest_of, version_files
from tests.unit.serving.support.small_model import INSTANCE, SIGNATURE, instances, model


def exported(**changed: Any) -> dict[str, bytes]:
    files = version_files()
    signature = msgspec.structs.replace(SIGNATURE, **changed)
    return mlflow_model(
        manifest_of(files),
        {**files, "signature.json": to_json(signature)},
        code={"keepfit/__init__.py": b""},
        requirements=["numpy==2.4.6"],
        python="3.11.9",
    )


def schema(files: dict[str, bytes]) -> tuple[dict[str, tuple[str, bool]], dict[str, str]]:
    """The columns of the input, with their type and whether they are required, and those of the output."""
    signature = json.loads(files["MLmodel"])["signature"]
    inputs, outputs = (json.loads(signature[side]) for side in ("inputs", "outputs"))
    return (
        {column["name"]: (column["type"], column["required"]) for column in inputs},
        {column["name"]: column["type"] for column in outputs},
    )


@pytest.fixture
def version(tmp_path: Path) -> ExportedVersion:
    (tmp_path / "model.onnx").write_bytes(model())
    (tmp_path / "signature.json").write_bytes(to_json(SIGNATURE))
    return ExportedVersion(tmp_path)


def served(asked: list[dict[str, Any]]) -> list[float]:
    scorer = Scorer.load(model(), to_json(SIGNATURE))
    return list(scorer.score(scorer.decode(msgspec.json.encode({"instances": asked}))).tolist())


def test_a_directory_says_what_a_client_sends_and_what_is_answered() -> None:
    columns = [
        msgspec.structs.replace(column, nullable=True, optional=True) if column.name == "stops" else column
        for column in SIGNATURE.columns
    ]
    inputs, outputs = schema(exported(columns=columns))
    assert inputs == {
        "carrier": ("string", True),
        "distance": ("double", True),
        "stops": ("double", False),
        "international": ("boolean", True),
        "departure": ("any", True),
        "wind gust": ("double", True),
    }
    assert outputs == {"prediction": "boolean", "probability": "double"}
    assert schema(exported())[0]["stops"] == ("long", True)


def test_the_answers_of_every_task_have_their_columns() -> None:
    _, numbers = schema(exported(task=TaskSpec(kind="regression")))
    _, names = schema(exported(task=TaskSpec(kind="multiclass", classes=["no", "yes"])))
    assert numbers == {"prediction": "double"}
    assert names == {"prediction": "string", "probability no": "double", "probability yes": "double"}


def test_the_same_version_is_the_same_directory_and_holds_an_example() -> None:
    files = exported()
    assert files == exported()
    assert json.loads(files["MLmodel"])["metadata"]["keepfit"] == {
        "model": "flight_delay",
        "version": 3,
        "run": "run-3",
    }
    example = json.loads(files["input_example.json"])
    assert example == json.loads(files["serving_input_example.json"])["dataframe_split"]
    assert example["columns"] == list(INSTANCE)
    assert example["data"][0] == list(instances(1)[0].values())
    assert files["requirements.txt"].decode().splitlines() == ["numpy==2.4.6", "pandas", "mlflow>=3"]


def test_a_frame_is_answered_as_serving_answers_requests(version: ExportedVersion) -> None:
    asked = instances(7)
    frame = pd.DataFrame(asked, index=range(10, 17))
    answers = version.predict(frame)
    assert answers["probability"].tolist() == served(asked)
    assert answers["prediction"].tolist() == [probability >= 0.5 for probability in served(asked)]
    assert answers.index.tolist() == frame.index.tolist()
    assert version.predict(asked).equals(answers.reset_index(drop=True))


def test_instants_and_missing_values_may_be_as_pandas_has_them(version: ExportedVersion) -> None:
    asked = instances(7)
    frame = pd.DataFrame(asked)
    aware = pd.to_datetime(frame["departure"])
    for departure in (aware, aware.dt.tz_localize(None), aware.dt.tz_convert("America/New_York")):
        assert version.predict(frame.assign(departure=departure))["probability"].tolist() == served(asked)
    without = [{**instance, "wind gust": None} for instance in asked]
    for missing in (None, float("nan"), pd.NA, pd.NaT):
        gusts = pd.Series([missing] * len(asked), dtype=object)
        assert version.predict(frame.assign(**{"wind gust": gusts}))["probability"].tolist() == served(
            without
        )


def test_rows_that_serving_would_refuse_are_named(version: ExportedVersion) -> None:
    frame = pd.DataFrame(instances(3)).drop(columns="carrier").assign(stops=[0, -1, 0])
    with pytest.raises(ValueError, match=r"row 0, carrier is missing; .*row 1, stops is below the minimum 0"):
        version.predict(frame)
