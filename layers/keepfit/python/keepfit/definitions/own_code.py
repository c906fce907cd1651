"""Own code of a model, `models/<model>/estimator.py`: read beside the definition, and never run here."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from keepfit.errors import InvalidDefinition
from keepfit.training.recipes.registry import OWN_CODE

MAX_BYTES: Final = 100_000
FILE: Final = "estimator.py"
_FUNCTION: Final = "estimator"


def include_code(folder: Path, model: str, entry: Any) -> Iterator[str]:
    """Puts the code of ``model`` into each of its candidates that is ``own_code``; yields what is wrong.

    Args:
        folder: of the definitions.
        model: its name.
        entry: its table as it is written, which may be anything.
    """
    for name, candidate in _candidates(entry):
        table = f"[model.{model}.training.candidates.{name}]"
        if "code" in candidate:
            yield f"{table} code cannot be written here; write it to {model}/{FILE} beside this file"
        elif candidate.get("algorithm") == OWN_CODE:
            try:
                candidate["code"] = _checked(folder / model / FILE)
            except InvalidDefinition as error:
                yield f"{table} algorithm {OWN_CODE!r}: {model}/{FILE} {error}"


def _candidates(entry: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    training = entry.get("training") if isinstance(entry, dict) else None
    candidates = training.get("candidates") if isinstance(training, dict) else None
    for name, candidate in candidates.items() if isinstance(candidates, dict) else ():
        if isinstance(candidate, dict):
            yield name, candidate


def _checked(path: Path) -> str:
    """The code. Raises InvalidDefinition, which says what is wrong with it."""
    try:
        code = path.read_bytes()
        if len(code) > MAX_BYTES:
            raise InvalidDefinition(f"has {len(code)} bytes, and up to {MAX_BYTES} are taken")
        body = ast.parse(code).body
        text = code.decode("utf-8-sig")
    except OSError as error:
        raise InvalidDefinition(f"cannot be read: {error.strerror}") from error
    except (SyntaxError, ValueError) as error:
        raise InvalidDefinition(f"is not Python in UTF-8: {error}") from error
    if not any(isinstance(node, ast.FunctionDef) and node.name == _FUNCTION for node in body):
        raise InvalidDefinition(
            f"has no function {_FUNCTION}(columns, seed, **parameters); see docs/how-to/bring-your-own-estimator.md"
        )
    return text
