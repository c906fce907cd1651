"""Which statements `keepfit sql` sends."""

from __future__ import annotations

import pytest

from keepfit.errors import InvalidRequest
from keepfit.features.catalogue.query import refuse_writes


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT count(*) FROM trips",
        "select * from keepfit.trips where _day >= date '2026-01-05';",
        "WITH late AS (SELECT * FROM trips WHERE late) SELECT station, count(*) FROM late GROUP BY 1",
        "(SELECT 1) UNION ALL SELECT 2",
        "SELECT row_number() OVER (PARTITION BY station ORDER BY _uploaded_at DESC) FROM trips -- newest first",
    ],
)
def test_what_reads_is_asked(sql: str) -> None:
    refuse_writes(sql)


@pytest.mark.parametrize(
    ("sql", "why"),
    [
        ("DROP TABLE trips", "it is a DROP"),
        ("CREATE TABLE x AS SELECT * FROM trips", "it is a CREATE"),
        ("INSERT INTO trips SELECT * FROM trips", "it is a INSERT"),
        ("DELETE FROM trips", "it is a DELETE"),
        ("MSCK REPAIR TABLE trips", "it is a MSCK"),
        ("UNLOAD (SELECT 1) TO 's3://elsewhere/' WITH (format = 'PARQUET')", "it is a UNLOAD"),
        ("EXPLAIN SELECT 1", "it is a EXPLAIN"),
        ("SELECT 1; DROP TABLE trips", "it is 2 statements"),
        ("SELEC 1", "it is not SQL"),
        ("-- nothing", "it says nothing"),
        ("", "it says nothing"),
        ("SELECT '" + "x" * 300_000 + "'", "longer than 262,144 bytes"),
        ("(" * 5000, "it is not SQL"),
    ],
)
def test_what_does_more_than_read_is_not_even_sent(
    sql: str, why: str, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(InvalidRequest) as refused:
        refuse_writes(sql)
    assert why in str(refused.value)
    assert "keepfit catalogue" in str(refused.value)
    assert not caplog.records
