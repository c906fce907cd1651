"""A version as an MLflow model: the files of a directory that ``mlflow.pyfunc.load_model`` takes.

Source: MLflow Models, https://mlflow.org/docs/latest/ml/model/ (storage format, signature, input example).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

import msgspec

from keepfit.features.schema.signature import Column, Signature, from_json
from keepfit.instants import to_iso
from keepfit.registry.segment_pack import SEGMENTS
from keepfit.registry.versions import MANIFEST, Manifest
from keepfit.serving.exports.mlflow_pyfunc import MODEL_FILE, SIGNATURE_FILE
from keepfit.serving.release.golden import GOLDEN, GoldenRequest
from keepfit.tasks.registry import task_of
from keepfit.tasks.spec import TaskSpec

LOADER: Final = "serving.exports.mlflow_pyfunc"
"""The module that answers, below the library's package."""
_CODE, _DATA = "code", "data"
_EXAMPLES = 5
_TYPES: Final[Mapping[str, str]] = {
    "bool": "boolean",
    "category": "string",
    "float": "double",
    "int": "long",
    "text": "string",
    "timestamp": "any",
}
_ANSWERS: Final[Mapping[type, str]] = {bool: "boolean", float: "double", int: "long", str: "string"}


def mlflow_model(
    manifest: Manifest,
    files: Mapping[str, bytes],
    *,
    code: Mapping[str, bytes],
    requirements: Sequence[str],
    python: str,
) -> dict[str, bytes]:
    """The files of the directory, by their paths in it; the same version always gives the same bytes.

    Args:
        manifest: the version's.
        files: its files by name; see ``registry.versions.read_files``.
        code: the source of the loader module and all of keepfit that it imports, by path.
        requirements: what that needs, as pip writes it.
        python: the version of Python that it was made for, such as "3.11.9".
    """
    signature = from_json(files[SIGNATURE_FILE])
    example = _example(signature, msgspec.json.decode(files[GOLDEN], type=list[GoldenRequest]))
    dependencies = "\n".join([*requirements, "pandas", "mlflow>=3", ""])
    return {
        "MLmodel": _json(_mlmodel(manifest, signature, python)),
        "requirements.txt": dependencies.encode(),
        "python_env.yaml": _json(
            {"python": python, "build_dependencies": ["pip"], "dependencies": ["-r requirements.txt"]}
        ),
        "input_example.json": _json(example),
        "serving_input_example.json": _json({"dataframe_split": example}),
        f"{_DATA}/{MODEL_FILE}": files[MODEL_FILE],
        f"{_DATA}/{SIGNATURE_FILE}": files[SIGNATURE_FILE],
        **({f"{_DATA}/{SEGMENTS}": files[SEGMENTS]} if SEGMENTS in files else {}),
        f"{_DATA}/{MANIFEST}": msgspec.json.format(msgspec.json.encode(manifest, order="deterministic")),
        **{f"{_CODE}/{path}": source for path, source in code.items()},
    }


def _mlmodel(manifest: Manifest, signature: Signature, python: str) -> dict[str, Any]:
    named = f"keepfit:{manifest.model}:{manifest.version}:{manifest.files[MODEL_FILE]}"
    return {
        "flavors": {
            "python_function": {
                "loader_module": f"keepfit.{LOADER}",
                "code": _CODE,
                "data": _DATA,
                "env": {"virtualenv": "python_env.yaml"},
                "python_version": python,
            }
        },
        "model_uuid": uuid5(NAMESPACE_URL, named).hex,
        "utc_time_created": to_iso(manifest.created_at),
        "signature": {
            "inputs": json.dumps(list(map(_input, signature.instance_columns))),
            "outputs": json.dumps(_outputs(signature.task)),
        },
        "saved_input_example_info": {
            "artifact_path": "input_example.json",
            "pandas_orient": "split",
            "serving_input_path": "serving_input_example.json",
            "type": "dataframe",
        },
        "metadata": {
            "keepfit": {"model": manifest.model, "version": manifest.version, "run": manifest.run_id}
        },
    }


def _input(column: Column) -> dict[str, Any]:
    written = "double" if column.type == "int" and column.nullable else _TYPES.get(column.type, "any")
    return {"type": written, "name": column.name, "required": not column.optional}


def _outputs(spec: TaskSpec) -> list[dict[str, Any]]:
    """The columns of an answer, as the answer to one row without any number has them."""
    task = task_of(spec)
    _, _, answer = task.answerer("", 0)(task.blank(1), [""])
    return [
        {"type": _ANSWERS[type(value)], "name": name}
        for name, [value] in answer.columns().items()
        if name != "prediction_id"
    ]


def _example(signature: Signature, golden: Sequence[GoldenRequest]) -> dict[str, Any]:
    """Instances that no row of the data is among, as a data frame that is split."""
    names = [column.name for column in signature.instance_columns]
    rows = [[request.instance.get(name) for name in names] for request in golden[:_EXAMPLES]]
    return {"columns": names, "data": rows}


def _json(document: Any) -> bytes:
    """JSON, which is YAML too."""
    return msgspec.json.format(msgspec.json.encode(document)) + b"\n"
