"""`serving` says what answers clients; each mistake is one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec import UNSET

from keepfit.definitions import compiling
from keepfit.definitions.compiled_model import encode
from keepfit.definitions.mistakes import InvalidDefinitions
from keepfit.serving.container_definition import ServingDefinition

_TOML = """
[dataset.sales]
event_time = "at"
[dataset.sales.fields]
at    = {{ type = "timestamp" }}
store = {{ type = "category" }}
sold  = {{ type = "bool", nullable = true }}
[dataset.visits]
event_time = "at"
[dataset.visits.fields]
at    = {{ type = "timestamp" }}
store = {{ type = "category" }}
seen  = {{ type = "float" }}
[feature_view.stores]
dataset = "visits"
entity  = ["store"]
latest  = ["seen"]
ttl     = "1d"
online  = true
[model.sale]
dataset = "sales"
label   = "sold"
inputs  = ["store"]
{more}
"""


def compiled(folder: Path, more: str = "") -> compiling.Compiled:
    (folder / "sale.toml").write_text(_TOML.format(more=more))
    return compiling.compile_all(folder)


def test_a_model_that_says_nothing_is_served_by_lambda_and_its_definition_has_the_digest_it_always_had(
    tmp_path: Path,
) -> None:
    model = compiled(tmp_path).models["sale"]
    assert (model.definition.serving, model.serving.on) == (UNSET, "lambda")
    assert b'"serving"' not in encode(model)


def test_a_container_has_tasks_of_a_size_and_between_two_bounds(tmp_path: Path) -> None:
    more = 'serving = { on = "container", min_tasks = 1, max_tasks = 3, cpu = 512, memory = 1024 }'
    found = compiled(tmp_path, more).models["sale"].serving
    assert found == ServingDefinition(on="container", min_tasks=1, max_tasks=3, cpu=512, memory=1024)


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (
            "serving = { min_tasks = 3, cpu = 512 }",
            'min_tasks, cpu is of containers, and on = "lambda": write on = "container", or leave it out',
        ),
        (
            'serving = { on = "container", min_tasks = 9 }',
            "[model.sale.serving] min_tasks 9 is more than max_tasks 8",
        ),
        (
            'serving = { on = "container", memory = 4096 }',
            "memory 4096 does not go with cpu 256: Fargate has 512, 1024, 2048",
        ),
        ('serving = { on = "container", cpu = 2048 }', "cpu cannot be 2048: a task has 256, 512, 1024"),
        ('serving = { on = "ec2" }', "on cannot be 'ec2'; it can be lambda, container"),
        (
            'features = ["stores:seen"]\nlookup = ["stores"]\nserving = { on = "container" }',
            "on cannot be 'container' for a model with lookup: its tasks read nothing but their package",
        ),
        (
            'serving = { on = "container" }\nquota = { rate = 5 }',
            "on cannot be 'container' for a model with a quota, which its tasks do not count together",
        ),
    ],
)
def test_what_does_not_go_together_is_told(tmp_path: Path, more: str, says: str) -> None:
    with pytest.raises(InvalidDefinitions) as refused:
        compiled(tmp_path, more)
    assert says in str(refused.value)
