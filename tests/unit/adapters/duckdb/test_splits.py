"""Drawn splits lose nothing, share nothing, and never train on what judged."""

from __future__ import annotations

import hashlib
import tempfile
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from keepfit.adapters.duckdb.engine import DuckdbEngine
from keepfit.adapters.duckdb.row_identity import row_id as row_id_sql
from keepfit.application.champion_scores import TrainedOn
from keepfit.application.holdout import HoldoutRow, read_holdout
from keepfit.application.plan_training_set import plan_of
from keepfit.definitions import compiling
from keepfit.definitions.compiled_model import CompiledModel
from keepfit.features.offline.split_plan import Portion, Split, SplitPlan
from keepfit.features.schema.definition import DatasetDefinition, Field
from keepfit.features.schema.types.base import type_of
from keepfit.training.training_set import Cut
from tests.drawn import examples

TOML = """
[dataset.visits]
{key}
[dataset.visits.fields]
visit = {{ type = "int" }}
patient = {{ type = "category", nullable = true }}
ill = {{ type = "bool", nullable = true }}
[model.illness]
dataset = "visits"
label = "ill"
inputs = ["visit"]
"""
DAY = datetime(2026, 1, 1, tzinfo=UTC)


class Visit(NamedTuple):
    """A row of an upload; without a key it may come several times."""

    visit: int
    patient: str | None
    ill: bool | None


Upload = list[Visit]


@dataclass(frozen=True)
class Parts:
    """What a run made of some uploads."""

    train: list[Visit]
    holdout: list[Visit]
    cut: Cut
    rows: list[HoldoutRow]
    trained_on: TrainedOn


def definition(folder: Path, *, key: bool = False) -> CompiledModel:
    (folder / "m.toml").write_text(TOML.format(key='key = ["visit"]' if key else ""))
    return compiling.compile_model(compiling.load(folder), "illness")


def parted(compiled: CompiledModel, uploads: Sequence[Upload], split: SplitPlan) -> Parts:
    """What a run makes of uploads that came a day apart."""
    made = try_to_part(compiled, uploads, split)
    assert made is not None
    return made


def try_to_part(compiled: CompiledModel, uploads: Sequence[Upload], split: SplitPlan) -> Parts | None:
    """The same, None where no row has a label."""
    plan = replace(plan_of(compiled), split=split)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        paths = [write(folder / f"{n}.parquet", upload, n) for n, upload in enumerate(uploads) if upload]
        with DuckdbEngine(memory_mb=256, threads=1).training_rows(folder) as rows:
            if not paths or not rows.collect(plan, {"visits": paths}):
                return None
            cut = rows.cut(split)
            rows.write_instances({"visit": "int"}, folder / "holdout.jsonl")
            return Parts(
                train=visits(rows.connection, "train"),
                holdout=visits(rows.connection, "holdout"),
                cut=cut,
                rows=read_holdout((folder / "holdout.jsonl").read_bytes()),
                trained_on=TrainedOn(until=cut.at, ids=rows.trained_ids()),
            )


def write(path: Path, upload: Upload, number: int) -> Path:
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        values = ", ".join(f"({n}, {_sql(patient)}, {_sql(ill)})" for n, patient, ill in upload)
        connection.execute("CREATE TABLE t (visit BIGINT, patient VARCHAR, ill BOOLEAN)")
        connection.execute(f"INSERT INTO t VALUES {values}")
        at = f"TIMESTAMPTZ '{DAY + timedelta(days=number)}'"
        digest = content(upload)
        connection.execute(
            f"COPY (SELECT *, '{digest}' AS _source_sha256, row_number() OVER () AS _source_row, "
            f"{at} AS _uploaded_at, {at} AS _ingested_at FROM t) TO '{path}' (FORMAT parquet)"
        )
    return path


def _sql(value: str | bool | None) -> str:
    return "NULL" if value is None else f"'{value}'"


def content(upload: Upload) -> str:
    return hashlib.sha256(repr(upload).encode()).hexdigest()


def visits(connection: duckdb.DuckDBPyConnection, part: str) -> list[Visit]:
    found = connection.execute(
        f"SELECT p.visit, c.patient, p._label FROM {part} AS p JOIN counted AS c "
        "USING (_source_sha256, _source_row) WHERE c._until IS NULL ORDER BY ALL"
    ).fetchall()
    return [Visit(*row) for row in found]


def drawing(**changes: object) -> SplitPlan:
    plan = SplitPlan(by=Split("random"), holdout=Portion(share=0.2), max_rows=10_000, seed=0, stratified=True)
    return replace(plan, **changes)  # type: ignore[arg-type]


def several(count: int, *, first: int = 0, ill: float = 0.3) -> Upload:
    """Different visits, every tenth of which has no label yet; two of each patient."""
    return [
        Visit(first + n, f"p{(first + n) // 2}", None if n % 10 == 9 else n % 100 < 100 * ill)
        for n in range(count)
    ]


@pytest.mark.parametrize("split", [Split("random"), Split("group", "patient")])
@pytest.mark.parametrize("max_rows", [10_000, 100])
def test_every_row_is_in_one_part_or_left_out_for_a_reason_that_is_counted(
    tmp_path: Path, split: Split, max_rows: int
) -> None:
    rows = several(1000)
    parts = parted(definition(tmp_path), [rows], drawing(by=split, max_rows=max_rows))
    assert not set(parts.train) & set(parts.holdout)
    assert {*parts.train, *parts.holdout} <= set(rows)
    assert parts.cut.left_out["no label"] == 100
    assert (
        len(parts.train) + parts.cut.validating + len(parts.holdout) + sum(parts.cut.left_out.values())
        == 1000
    )
    assert len(parts.train) == min(max_rows, parts.cut.available)


def test_each_label_gives_its_share(tmp_path: Path) -> None:
    parts = parted(definition(tmp_path), [several(1000, ill=0.03)], drawing())
    held = Counter(row.ill for row in parts.holdout)
    trained = Counter(row.ill for row in parts.train)
    assert held[True] == pytest.approx(0.2 * (held[True] + trained[True]), abs=1)
    assert held[False] == pytest.approx(0.2 * (held[False] + trained[False]), abs=1)


def test_a_group_is_in_one_part_with_all_its_rows(tmp_path: Path) -> None:
    parts = parted(definition(tmp_path), [several(400)], drawing(by=Split("group", "patient")))
    assert not {row.patient for row in parts.train} & {row.patient for row in parts.holdout}
    assert len({row.patient for row in parts.holdout}) == pytest.approx(40, abs=1)


def test_rows_without_a_group_are_drawn_one_by_one(tmp_path: Path) -> None:
    rows = [row._replace(patient=None) for row in several(400)]
    parts = parted(definition(tmp_path), [rows], drawing(by=Split("group", "patient")))
    assert 50 < len(parts.holdout) < 95


def test_the_order_of_rows_changes_nothing_and_the_seed_does(tmp_path: Path) -> None:
    rows, compiled = several(300), definition(tmp_path)
    one, other = (parted(compiled, [order], drawing(max_rows=50)) for order in (rows, rows[::-1]))
    reseeded = parted(compiled, [rows], drawing(max_rows=50, seed=1))
    assert set(one.holdout) != set(reseeded.holdout)
    # The fraction of a row that is left over is drawn with the upload.
    assert abs(len(one.holdout) - len(other.holdout)) <= 2
    assert len(set(one.holdout) ^ set(other.holdout)) <= 2


_visits = st.builds(
    Visit,
    st.integers(0, 30),
    st.sampled_from(["a", "b", "c", "d", None]),
    st.sampled_from([True, False, None]),
)
_uploads = st.lists(st.lists(_visits, max_size=25), min_size=2, max_size=4)
_splits = st.sampled_from([Split("random"), Split("group", "patient")])


@examples(8)
@given(uploads=_uploads, split=_splits, key=st.booleans(), share=st.sampled_from([0.2, 0.5]))
@example(uploads=[several(40), several(40, first=20)], split=Split("random"), key=False, share=0.2)
def test_what_judged_once_never_trains_whatever_is_uploaded_later(
    uploads: list[Upload], split: Split, key: bool, share: float
) -> None:
    plan, judged = drawing(by=split, holdout=Portion(share=share)), set[object]()
    with tempfile.TemporaryDirectory() as folder:
        compiled = definition(Path(folder), key=key)
        for number in range(1, len(uploads) + 1):
            parts = try_to_part(compiled, uploads[:number], plan)
            if parts is None:
                continue
            assert not {identity(row, split, key=key) for row in parts.train} & judged
            judged |= {identity(row, split, key=key) for row in parts.holdout}
            assert not {identity(row, split, key=key) for row in parts.train} & judged


def identity(row: Visit, split: Split, *, key: bool) -> object:
    """What is drawn together: a group, or what a row says but for its label; few of these come ten times."""
    if split.field and row.patient:
        return row.patient
    return row.visit if key else (row.visit, row.patient)


@examples(8)
@given(
    uploads=_uploads,
    kept=st.lists(st.booleans(), min_size=4, max_size=4),
    before=_splits,
    after=_splits,
    seed=st.integers(0, 1),
)
@example(
    uploads=[several(40), several(40, first=20), []], kept=[False, True, True, True],
    before=Split("random"), after=Split("random"), seed=0,
)  # fmt: skip
def test_what_compares_with_a_champion_never_trained_it(
    uploads: list[Upload], kept: list[bool], before: Split, after: Split, seed: int
) -> None:
    """Uploads are withdrawn, later ones come, and the split and its seed may be others."""
    with tempfile.TemporaryDirectory() as folder:
        compiled = definition(Path(folder))
        champion = try_to_part(compiled, uploads[:-1], drawing(by=before))
        left = [upload if keep else [] for upload, keep in zip(uploads, kept, strict=False)]
        today = try_to_part(compiled, left, drawing(by=after, seed=seed))
    if champion is None or today is None or not today.rows:
        return
    seen = champion.trained_on.seen(today.rows)
    trained = {(row.visit, row.patient) for row in champion.train}
    compared = {
        (row.visit, row.patient) for row, hidden in zip(in_order(today), seen, strict=True) if not hidden
    }
    if before == after and seed == 0 and all(kept):
        assert not seen.any()
    assert not compared & trained


def in_order(parts: Parts) -> list[Visit]:
    """The rows of the holdout as holdout.jsonl has them; a visit without several patients is told by its number."""
    by_ids = defaultdict[int, Visit](lambda: Visit(-1, None, None))
    for row in parts.holdout:
        by_ids[row_id(row)] = row
    return [by_ids[(row.ids or [0])[0]] for row in parts.rows]


def row_id(row: Visit, copies: int = 0) -> int:
    """The oracle of a row's number: what it says but for its label, by the names of its fields."""
    said = [f"patient={row.patient}"] if row.patient is not None else []
    text = "\x1f".join([*said, f"visit={row.visit}", str(copies)])
    return lower_md5(text)


def lower_md5(text: str) -> int:
    return int.from_bytes(hashlib.md5(text.encode(), usedforsecurity=False).digest()[8:], "little")


def test_numbers_of_rows_stay_what_they_are(tmp_path: Path) -> None:
    """Runs of years ago ask for them: whatever DuckDB becomes, they may not change."""
    rows = [Visit(n, None if n % 3 else f"p{n}", n % 2 == 0) for n in range(40)]
    parts = parted(definition(tmp_path), [rows], drawing(holdout=Portion(share=0.5)))
    ids = {(row.ids or [0])[0] for row in parts.rows}
    assert ids == {row_id(row) for row in parts.holdout}
    assert parts.trained_on.ids is not None
    places = {lower_md5(f"{content(rows)}:{n}") for n in range(1, 41)}
    trained = {row_id(row) for row in parts.train}
    assert trained < set(parts.trained_on.ids.tolist()) < trained | places


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        ("float", "0.1", "0.1"),
        ("float", "3", "3.0"),
        ("float", "1e300", "1e+300"),
        ("int", "-7", "-7"),
        ("bool", "true", "true"),
        ("category", "'a b'", "a b"),
        ("timestamp", "'2026-01-01 00:00:00+00'", "1767225600000000"),
    ],
)
def test_a_value_of_each_type_stands_in_the_number_of_a_row_as_ever(kind: Any, value: str, text: str) -> None:
    dataset = DatasetDefinition(fields={"b": Field(type=kind), "a": Field(type="int")}, key=["b", "a"])
    row = f"SELECT CAST({value} AS {type_of(kind).storage}) AS b, CAST(1 AS BIGINT) AS a"
    with duckdb.connect() as connection:
        [(found,)] = connection.execute(f"SELECT {row_id_sql(dataset, 'late')} FROM ({row})").fetchall()
    assert found == lower_md5(f"a=1\x1fb={text}")


def test_hundreds_of_equal_rows_are_parted_and_a_few_stay_together(tmp_path: Path) -> None:
    alike = [Visit(n % 4, "a", n % 3 == 0) for n in range(800)]
    twice = [Visit(100 + n // 2, "b", ill=True) for n in range(200)]
    parts = parted(definition(tmp_path), [[*alike, *twice]], drawing())
    both = {row.visit for row in parts.train} & {row.visit for row in parts.holdout}
    assert both == {0, 1, 2, 3}
    assert len(parts.holdout) == pytest.approx(200, abs=40)


def test_a_champion_whose_rows_have_expired_is_asked_only_what_came_after_them(tmp_path: Path) -> None:
    compiled = definition(tmp_path)
    champion = parted(compiled, [several(50)], drawing())
    today = parted(compiled, [several(50), several(50, first=100)], drawing())
    expired = TrainedOn(until=champion.trained_on.until)
    newer = np.array([row.visit >= 100 for row in in_order(today)])
    assert (expired.seen(today.rows) == ~newer).all()
    assert not champion.trained_on.seen(today.rows).any()
