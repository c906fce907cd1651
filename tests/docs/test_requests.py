from __future__ import annotations

import json
import re
from pathlib import Path

import msgspec
import pytest

from keepfit.definitions.model import Catalogue
from keepfit.definitions.outcome_datasets import outcomes_dataset
from keepfit.features.schema.rules import check_instances
from keepfit.serving.responses.problem import document
from keepfit.tasks.answers import BinaryAnswer as Answer
from tests.docs.pages import Page, pages

HTTP = [pytest.param(block, id=page.name) for page in pages() for block in page.blocks("http")]
JSON = [pytest.param(block, id=page.name) for page in pages() for block in page.blocks("json")]


@pytest.mark.parametrize("example", HTTP)
def test_a_request_shown_is_one_that_the_model_takes(example: str, defined: Catalogue) -> None:
    head, _, body = example.partition("\n\n")
    route = re.match(r"POST /models/(\w+)/(predict|outcomes)\nauthorization: Bearer ", head)
    assert route, head
    model = defined.model[route[1]]
    if route[2] == "outcomes":
        fields = outcomes_dataset(model, defined.dataset[model.dataset]).fields
        assert check_instances(fields, json.loads(body)["outcomes"]) == []
        return
    fields = {name: defined.dataset[model.dataset].fields[name] for name in model.inputs}
    assert check_instances(fields, json.loads(body)["instances"]) == []


@pytest.mark.parametrize("example", JSON)
def test_an_answer_shown_has_the_form_of_answers(example: str) -> None:
    found = json.loads(example)
    if "status" in found:
        assert found.keys() == document(400, "invalid_json", "why").keys()
    else:
        msgspec.convert(found, Answer)
        assert found.keys() == {field.name for field in msgspec.structs.fields(Answer)}


def test_every_code_of_a_refusal_is_told(root: Path) -> None:
    serving = root / "layers/keepfit/python/keepfit/serving"
    # Releases refuse people and steps, and no client.
    sources = [path for path in serving.rglob("*.py") if path.parent.name != "release"]
    sources += (root / "functions").rglob("*.py")
    codes = {code for path in sources for code in re.findall(r'code"?[=:] ?"([a-z_]+)"', path.read_text())}
    told = {code.strip("`") for _, code, _ in Page.read("docs/reference/http-api.md").rows("Errors")}
    assert told == codes
