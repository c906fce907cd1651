"""`keepfit sql`, at a place whose Athena is made up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from cli.exits import Exit
from cli.places.deployment import Deployment
from keepfit.errors import InvalidRequest
from keepfit.features.catalogue.query import Answer, Column
from tests.unit.cli.conftest import Keepfit

ANSWER = Answer(
    query_id="q-1",
    columns=[Column(name="station", type="varchar"), Column(name="n", type="bigint")],
    rows=[["north, or so", 3], [None, 4]],
    more=True,
    scanned_bytes=2_500_000,
    seconds=1.25,
    results="s3://lake/query-results/q-1.csv",
)


@pytest.fixture
def asked(deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    calls: list[Any] = []

    class Athena:
        def __init__(self, **of: str) -> None:
            calls.append(of)

        def ask(self, sql: str, *, limit: int, tell: Callable[[str], None]) -> Answer:
            tell("running")
            calls.append((sql, limit))
            if "nope" in sql:
                raise InvalidRequest("Athena did not answer: no such table", code="not_answered")
            return ANSWER

    monkeypatch.setattr("cli.commands.sql.AthenaQueries", Athena)
    return calls


def test_an_answer_is_a_table_with_what_it_cost(keepfit: Keepfit, asked: list[Any]) -> None:
    told = keepfit("sql", "SELECT station, count(*) AS n FROM trips GROUP BY 1", "--limit", "2")
    assert told.exit_code == 0
    assert asked[0] == {"workgroup": "keepfit", "database": "keepfit"}
    assert asked[1][1] == 2
    assert "north, or so" in told.stdout
    assert "2.5 MB read in 1.2 s, query q-1" in told.stderr
    assert "There are more than these 2 rows: --limit N shows N, and all are in s3://lake/" in told.stderr


def test_programs_get_types_and_missing_values(keepfit: Keepfit, asked: list[Any]) -> None:
    document = keepfit("sql", "SELECT 1", "--json").json
    assert document["columns"][1] == {"name": "n", "type": "bigint"}
    assert document["rows"] == [["north, or so", 3], [None, 4]]
    assert document["more"] is True


def test_rows_are_written_as_csv(keepfit: Keepfit, asked: list[Any]) -> None:
    assert keepfit("sql", "SELECT 1", "--csv").stdout == 'station,n\n"north, or so",3\n,4\n'


@pytest.mark.parametrize(
    ("sql", "why"), [("DROP TABLE trips", "it is a DROP"), ("SELECT nope", "no such table")]
)
def test_what_cannot_be_answered_is_refused_with_the_reason(
    keepfit: Keepfit, asked: list[Any], sql: str, why: str
) -> None:
    told = keepfit("sql", sql)
    assert told.exit_code == Exit.REFUSED
    assert why in told.stderr
    assert (told.stdout, len(asked)) == ("", 0 if "DROP" in sql else 2)


def test_a_platform_of_before_there_were_queries_is_to_be_deployed_again(
    keepfit: Keepfit, asked: list[Any], stacks: Any
) -> None:
    del stacks.stacks["keepfit-platform"]["QueryWorkgroup"]
    told = keepfit("sql", "SELECT 1")
    assert told.exit_code == Exit.NOT_FOUND
    assert "deploy" in told.stderr
