"""Asks an exported version by MLflow, in `.venv-mlflow`, where MLflow is.

    python ask.py FOLDER < instances.json

Prints the answers of ``mlflow.pyfunc.load_model`` to JSON rows, to pandas columns and to its own example.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import mlflow
import pandas as pd

# What a field that is an instant ends with here.
_INSTANT = "_at"


def main(folder: str, instances: list[dict[str, Any]]) -> dict[str, Any]:
    """The rows of each answer, and the columns that the signature names."""
    model = mlflow.pyfunc.load_model(folder)
    frame = pd.DataFrame(instances)
    parsed = frame.assign(
        **{name: pd.to_datetime(frame[name]) for name in frame.columns if name.endswith(_INSTANT)}
    )
    return {
        "json": model.predict(frame).to_dict("records"),
        "pandas": model.predict(parsed).to_dict("records"),
        "example": len(model.predict(model.input_example)),
        "outputs": model.metadata.get_output_schema().input_names(),
    }


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], json.load(sys.stdin))))
