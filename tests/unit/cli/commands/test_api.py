from __future__ import annotations

from pathlib import Path

import pytest

from cli.places.deployment import Deployment
from keepfit.serving.openapi.document import openapi
from keepfit.tasks.spec import TaskSpec
from tests.unit.cli.conftest import Keepfit
from tests.unit.cli.support.standin import WebServer
from tests.unit.serving.repository.test_deployed import deployed, entry


@pytest.fixture(autouse=True)
def described(web: WebServer, deployment: Deployment) -> None:
    document = openapi([deployed(TaskSpec(kind="binary"), moves=(entry(1, 1.0, None),))])
    web.answers["/openapi.json"] = (200, document)


def test_routes_are_shown_with_what_they_do(keepfit: Keepfit) -> None:
    answer = keepfit("api")
    assert "POST /models/delay/predict" in answer.stdout
    assert keepfit("api", "--json").json["openapi"] == "3.1.0"


def test_the_page_is_written(keepfit: Keepfit, tmp_path: Path) -> None:
    page = tmp_path / "api.html"
    assert keepfit("api", "--html", str(page)).exit_code == 0
    assert "/models/delay/predict" in page.read_text()


def test_a_refusal_is_told(keepfit: Keepfit, web: WebServer) -> None:
    web.answers["/openapi.json"] = (503, {"code": "unavailable", "detail": "the registry does not answer"})
    answer = keepfit("api")
    assert (answer.exit_code, "the registry does not answer" in answer.stderr) == (3, True)
