"""`keepfit catalogue`, by definitions alone and at a place."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.exits import CommandError, Exit
from cli.places import chosen_place as where
from keepfit.views.stores import DatasetStores, ModelStores
from tests.unit.cli.conftest import Invoked, Keepfit
from tests.unit.views.support import history
from tests.unit.views.test_catalogue import DEFINITIONS


@pytest.fixture(autouse=True)
def defined(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "models"
    folder.mkdir()
    (folder / "delay.toml").write_text(DEFINITIONS)
    monkeypatch.setenv("KEEPFIT_MODELS", str(folder))
    return folder


@pytest.fixture
def no_place(monkeypatch: pytest.MonkeyPatch) -> None:
    def find(*_: object) -> None:
        raise CommandError("no embedded cloud is up", Exit.UNREACHABLE)

    monkeypatch.setattr(where, "find_place", find)


@pytest.fixture
def deployed(stores: ModelStores, flights: DatasetStores) -> None:
    history.take_file(flights, "aa", version_id="v")
    history.two_releases(stores)
    history.put_run(stores, run_id="run-2", data={"flights": 1})


@pytest.mark.usefixtures("no_place")
def test_without_a_place_the_definitions_are_told_and_that_there_is_no_more(keepfit: Keepfit) -> None:
    listed = keepfit("catalogue")
    assert listed.exit_code == 0
    assert "flights out of New York" in listed.stdout
    assert "The definitions alone: no embedded cloud is up" in listed.stderr
    assert keepfit("catalogue", "show", "gate_weather", "--json").json["keys"]["ttl"] == "6h"


@pytest.mark.usefixtures("no_place")
def test_a_place_that_was_named_has_to_be_there(keepfit: Keepfit) -> None:
    assert keepfit("catalogue", "--place", "aws").exit_code == Exit.UNREACHABLE


@pytest.mark.usefixtures("no_place")
def test_definitions_with_mistakes_hide_no_others(keepfit: Keepfit, defined: Path) -> None:
    (defined / "wrong.toml").write_text("[dataset.wrong]\n")
    listed = keepfit("catalogue")
    assert "travel desk" in listed.stdout
    assert "1 mistakes in" in listed.stderr


@pytest.mark.usefixtures("deployed")
def test_an_entry_is_shown_with_its_versions_and_uploads(keepfit: Keepfit) -> None:
    shown = keepfit("catalogue", "show", "flights")
    for told in ("travel desk", "as the crow flies", "event time", "flights/jan.csv", "newest row"):
        assert told in shown.stdout
    assert "keepfit catalogue lineage flights" in shown.stderr


@pytest.mark.usefixtures("deployed")
def test_a_search_tells_where_the_words_stand(keepfit: Keepfit) -> None:
    assert "field description: as the crow flies" in keepfit("catalogue", "search", "crow").stdout
    nothing = keepfit("catalogue", "search", "wether")
    assert "no entry has each of them" in nothing.stdout
    assert "Did you mean weather?" in nothing.stderr


@pytest.mark.usefixtures("deployed")
def test_a_lineage_is_told_and_drawn(keepfit: Keepfit, tmp_path: Path) -> None:
    page = tmp_path / "lineage.html"
    told = keepfit("catalogue", "lineage", "delay", "--html", str(page))
    assert "delay as Lambda version 3" in told.stdout
    text = page.read_text()
    assert "Lineage of the model delay" in text
    assert "flights/jan.csv" in text
    assert "<script" not in text
    assert "http://" not in text.replace("http://www.w3.org", "")


def test_tables_are_registered_at_a_person_s_wish(
    keepfit: Keepfit, flights: DatasetStores, invoked: Invoked
) -> None:
    assert "no dataset has a version" in keepfit("catalogue", "register").stdout
    history.take_file(flights, "aa", version_id="v")
    answer = {
        "dataset": "flights",
        "version": 1,
        "partitions": 0,
        "put": 0,
        "removed": 0,
        "left_out": ["aa" * 32],
    }
    invoked.answers["register"] = answer
    told = keepfit("catalogue", "register")
    assert invoked.calls == [("register", {"dataset": "flights"})]
    assert "keepfit datasets again aaaaaaaaaaaa" in told.stderr
    assert keepfit("catalogue", "register", "nope").exit_code == Exit.NOT_FOUND
