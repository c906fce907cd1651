"""Own code travels with the definition of its model, is checked as text, and is not run by any of this."""

from __future__ import annotations

from pathlib import Path

import pytest

from keepfit.definitions import compiling
from keepfit.definitions.compiled_model import decode_model, digest, encode
from keepfit.errors import InvalidDefinition

_DEFINITION = """
[dataset.trips]
event_time = "at"
fields = { at = { type = "timestamp" }, far = { type = "float" }, late = { type = "bool" } }
[model.lateness]
dataset = "trips"
label = "late"
inputs = ["far"]
[model.lateness.training.candidates.mine]
algorithm = "own_code"
"""
_CODE = "raise SystemExit('this was run')\ndef estimator(columns, seed): ...\n"


def written(folder: Path, code: str | bytes | None, definition: str = _DEFINITION) -> Path:
    (folder / "trips.toml").write_text(definition)
    (folder / "lateness").mkdir(exist_ok=True)
    if code is not None:
        (folder / "lateness" / "estimator.py").write_bytes(code if isinstance(code, bytes) else code.encode())
    return folder


def test_code_travels_with_the_definition_and_is_part_of_its_digest(tmp_path: Path) -> None:
    model = compiling.compile_all(written(tmp_path, _CODE)).models["lateness"]
    assert decode_model(encode(model)).candidates["mine"].code == _CODE
    other = compiling.compile_all(written(tmp_path, _CODE + "# changed\n")).models["lateness"]
    assert digest(model) != digest(other)


@pytest.mark.parametrize(
    ("code", "says"),
    [
        (None, "lateness/estimator.py cannot be read: No such file"),
        ("def estimator(:", "is not Python in UTF-8: invalid syntax"),
        (b"# \xff\ndef estimator(columns, seed): ...", "is not Python in UTF-8"),
        ("def other(): ...", "has no function estimator(columns, seed, **parameters); see docs/how-to/bring-your-own"),
        ("#" * 100_001, "has 100001 bytes, and up to 100000 are taken"),
    ],
)  # fmt: skip
def test_code_that_cannot_be_meant_is_told_where_the_candidate_is_named(
    tmp_path: Path, code: str | bytes | None, says: str
) -> None:
    with pytest.raises(InvalidDefinition) as error:
        compiling.compile_all(written(tmp_path, code))
    assert "[model.lateness.training.candidates.mine] algorithm 'own_code': lateness/estimator.py " in str(
        error.value
    )
    assert says in str(error.value)


def test_code_within_a_definition_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidDefinition, match=r"code cannot be written here; write it to lateness/estim"):
        compiling.compile_all(written(tmp_path, _CODE, _DEFINITION + 'code = "x"'))
