"""Fields may be sensitive where nothing needs them in the prediction log."""

from __future__ import annotations

from pathlib import Path

import pytest

from keepfit.definitions import compiling
from keepfit.definitions.mistakes import InvalidDefinitions
from keepfit.features.schema.view_features import feature_fields

DEFINITION = """
[dataset.loans]
event_time = "at"
[dataset.loans.fields]
at = {{ type = "timestamp"{at} }}
person = {{ type = "category" }}
income = {{ type = "float", sensitive = true }}
late = {{ type = "bool" }}
[feature_view.people]
dataset = "loans"
entity = ["person"]
latest = ["income"]
ttl = "30d"
[feature_view.people.aggregates]
mean_income = {{ aggregate = "mean", of = "income", window = "30d" }}
[model.risk]
dataset = "loans"
label = "late"
inputs = [{inputs}]
features = [{features}]
{more}
"""


def compiled(
    folder: Path, *, at: str = "", inputs: str = '"person"', features: str = "", more: str = ""
) -> compiling.Compiled:
    (folder / "loans.toml").write_text(DEFINITION.format(at=at, inputs=inputs, features=features, more=more))
    return compiling.compile_all(folder)


def test_what_is_made_of_a_sensitive_field_is_sensitive(tmp_path: Path) -> None:
    found = compiled(tmp_path, inputs='"person", "income"')
    made = feature_fields(found.views["people"], found.datasets["loans"].definition)
    assert {name for name, field in made.items() if field.sensitive} == {*made}
    assert len(made) == 2


@pytest.mark.parametrize(
    ("definition", "told"),
    [
        (
            {"at": ", sensitive = true", "inputs": '"person", "at"'},
            "'at' is sensitive, and the prediction log needs to know when a row happened",
        ),
        (
            {
                "inputs": '"person", "income"',
                "more": '[model.risk.outcomes]\njoin_on = ["income"]\ndataset = "loans"',
            },
            "'income' is sensitive, and so not in the prediction log that is joined",
        ),
        (
            {"inputs": '"person", "income"', "more": "[model.risk.release]\nshadow = 0.1"},
            "leaves out what is sensitive (income)",
        ),
        (
            {"features": '"people:mean_income"', "more": "[model.risk.release]\nshadow = 0.1"},
            "leaves out what is sensitive (mean_income)",
        ),
    ],
)
def test_what_needs_the_log_is_told_what_is_not_in_it(
    tmp_path: Path, definition: dict[str, str], told: str
) -> None:
    with pytest.raises(InvalidDefinitions) as error:
        compiled(tmp_path, **definition)
    assert told in str(error.value)
