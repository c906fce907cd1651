from __future__ import annotations

from pathlib import Path

from keepfit.views.stores import ModelStores
from tests.unit.cli.conftest import Keepfit
from tests.unit.views.support import history


def test_a_day_is_answered_with_the_version_its_data_and_its_moves(
    keepfit: Keepfit, stores: ModelStores
) -> None:
    history.two_releases(stores)
    history.put_run(stores, run_id="run-2")
    answer = keepfit("audit", "served", "delay", "2013-03-02", "--json")
    [share] = answer.json["shares"]
    assert (answer.exit_code, share["version"], share["data"]) == (0, 2, {"flights": 1})
    told = keepfit("audit", "served", "delay", "2013-03-02").stdout
    assert "version 2: 100% of the requests" in told
    assert "20 of 20 requests answered" in told


def test_before_the_first_release_nothing_served_and_a_day_that_is_none_is_refused(
    keepfit: Keepfit, stores: ModelStores
) -> None:
    history.two_releases(stores)
    assert "Nothing of delay was released by then" in keepfit("audit", "served", "delay", "2012-01-01").stderr
    answer = keepfit("audit", "served", "delay", "yesterday")
    assert answer.exit_code == 2
    assert "write one such as" in answer.stderr


def test_a_bundle_is_written_once_and_verified(keepfit: Keepfit, stores: ModelStores, tmp_path: Path) -> None:
    history.two_releases(stores)
    file = str(tmp_path / "evidence.zip")
    made = keepfit("audit", "bundle", "delay", "--into", file, "--json")
    assert (made.exit_code, made.json["version"]) == (0, 2)
    again = keepfit("audit", "bundle", "delay", "--into", file)
    assert (again.exit_code, "name a new file" in again.stderr) == (4, True)
    assert keepfit("audit", "verify", file, "--digest", made.json["digest"]).exit_code == 0
    other = keepfit("audit", "verify", file, "--digest", "0" * 64)
    assert (other.exit_code, "this is not what was written" in other.stdout) == (1, True)
    assert keepfit("audit", "verify", str(tmp_path / "none.zip")).exit_code == 4


def test_a_card_is_markdown_on_stdout(keepfit: Keepfit, stores: ModelStores) -> None:
    history.two_releases(stores)
    assert keepfit("audit", "card", "delay", "1").stdout.startswith("---\nlibrary_name: ")
    assert keepfit("audit", "card", "delay", "--json").json["version"] == 2
