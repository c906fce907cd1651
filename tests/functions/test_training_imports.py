"""Each function of the state machine imports nothing that its layers, or its image, do not hold."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

_HEAVY = {"sklearn", "scipy", "skl2onnx", "onnx", "pandas", "pyarrow", "sqlglot", "nanoarrow"}
_LIGHT = _HEAVY | {"numpy", "onnxruntime", "duckdb"}
_PROGRAM = """
import importlib.util, sys

class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in set(sys.argv[2:]):
            raise ModuleNotFoundError(f"{name} is not in this function's layers")

sys.meta_path.insert(0, Refuse())
spec = importlib.util.spec_from_file_location("function", sys.argv[1])
spec.loader.exec_module(importlib.util.module_from_spec(spec))
"""


@pytest.mark.parametrize(
    ("path", "absent"),
    [
        ("admit_trigger/handler.py", _LIGHT),
        ("record_failure/handler.py", _LIGHT),
        ("close_run/handler.py", _LIGHT),
        ("judge_candidates/handler.py", _HEAVY | {"duckdb"}),
        ("register_version/handler.py", _HEAVY | {"duckdb"}),
        ("prepare_release/handler.py", _LIGHT),
        ("move_alias/handler.py", _LIGHT),
        ("evaluate_canary/handler.py", _LIGHT),
        ("predict_unreleased/handler.py", _LIGHT | {"keepfit", "msgspec", "boto3"}),
        ("train_candidate/step.py", {"pandas", "pyarrow", "sqlglot", "nanoarrow", "aws_lambda_powertools"}),
    ],
)
def test_a_function_imports_only_what_it_is_deployed_with(path: str, absent: set[str]) -> None:
    library = str(ROOT / "layers" / "keepfit" / "python")
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, str(ROOT / "functions" / path), *sorted(absent)],
        env={**os.environ, "PYTHONPATH": library},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
