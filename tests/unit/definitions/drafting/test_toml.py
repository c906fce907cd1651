from __future__ import annotations

import tomllib
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from keepfit.definitions.drafting.draft import Choice, Draft, DraftedColumn
from keepfit.definitions.drafting.toml import to_toml
from keepfit.features.schema.definition import Field
from tests.unit.definitions.drafting.tables import drafted, noisy

_NAMES = st.text(min_size=1, max_size=30)


def _draft(names: list[str], reasons: list[str]) -> Draft:
    uses = ["label", "input", "left out", "field"]
    columns = [
        DraftedColumn(
            name=name, use=uses[place % 4], field=Field(type="float"), reason=reasons[place % len(reasons)]
        )
        for place, name in enumerate(names)
    ]
    label = Choice(table="model", key="label", value=names[0], reason=reasons[-1])
    return Draft(
        name="x", file="x.csv", rows=9, labelled_rows=9, columns=columns, choices=[label], warnings=reasons
    )


@given(
    names=st.lists(_NAMES, min_size=2, max_size=12, unique=True),
    reasons=st.lists(st.text(max_size=200), min_size=1, max_size=3),
)
def test_whatever_columns_are_called_the_text_says_what_was_decided(
    names: list[str], reasons: list[str]
) -> None:
    draft = _draft(names, reasons)
    document = tomllib.loads(to_toml(draft))
    assert list(document["dataset"]["x"]["fields"]) == [c.name for c in draft.columns if c.use != "left out"]
    assert document["model"]["x"]["inputs"] == [c.name for c in draft.columns if c.use == "input"]
    assert document["model"]["x"]["label"] == names[0]


def test_a_column_that_was_left_out_is_taken_back_by_removing_its_sign(tmp_path: Path) -> None:
    text = to_toml(drafted(tmp_path, {"number": range(400), **noisy(400)}, "late"))
    [line] = [line for line in text.splitlines() if line.startswith("# number = ")]
    back = tomllib.loads(text.replace(line, line.removeprefix("# ")))
    assert back["dataset"]["trips"]["fields"]["number"]["type"] == "int"
