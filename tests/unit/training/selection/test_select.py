"""Which columns are dropped, judged by worlds whose columns are known to help or not."""

from __future__ import annotations

import numpy as np
import pytest

from keepfit.errors import EmptyWindow
from keepfit.training.selection import select as selecting
from keepfit.training.selection.backward import BackwardCheck, Loss
from keepfit.training.selection.selection import ColumnSelection, FeatureSelection
from tests.unit.training.support.selecting import KnownWorld

HELPING = {"strong", "weak", "color"}


def by_name(selection: FeatureSelection) -> dict[str, ColumnSelection]:
    return {column.column: column for column in selection.columns}


@pytest.mark.parametrize(("kind", "seed"), [("binary", 0), ("multiclass", 1), ("regression", 2)])
def test_noise_is_dropped_what_helps_is_kept_and_twins_become_one(kind: str, seed: int) -> None:
    world = KnownWorld(kind, seed)
    noise = world.noise(4)
    world.columns["twin"] = 3 * world.columns["strong"] + 1
    world.columns["renamed"] = np.char.upper(world.columns["color"].astype(str)).astype(object)
    selection = world.select()
    columns = by_name(selection)
    assert selection.kept == HELPING
    assert {columns[name].verdict for name in noise} == {"no help"}
    assert (columns["twin"].verdict, columns["twin"].same_as) == ("redundant", "strong")
    assert (columns["renamed"].verdict, columns["renamed"].same_as) == ("redundant", "color")
    assert all((columns[name].importance or 0) > (columns[name].shadow or 0) for name in HELPING)


def test_the_same_rows_and_seed_select_the_same_with_the_same_evidence() -> None:
    assert KnownWorld("binary", 3, rows=300).select() == KnownWorld("binary", 3, rows=300).select()


def test_a_drifting_column_goes_unless_fits_without_it_are_surely_worse() -> None:
    world = KnownWorld("binary", 0)
    world.noise(2)
    selection = world.select({"strong": 0.9, "noise0": 0.8, "weak": 0.1})
    columns = by_name(selection)
    assert (columns["strong"].kept, columns["strong"].verdict) == (True, "helps")
    assert "drift score 0.90" in columns["strong"].reason
    assert (columns["noise0"].kept, columns["noise0"].verdict) == (False, "unstable")
    assert (columns["noise1"].verdict, columns["weak"].verdict) == ("no help", "helps")


def test_of_twins_the_one_that_drifts_goes() -> None:
    world = KnownWorld("binary", 0, rows=400)
    world.columns["twin"] = 3 * world.columns["strong"] + 1
    columns = by_name(world.select({"strong": 0.9}))
    assert (columns["strong"].same_as, columns["twin"].kept) == ("twin", True)


def test_all_columns_stay_where_nothing_helps() -> None:
    world = KnownWorld("binary", 1, rows=400)
    for name in HELPING:
        del world.columns[name]
    noise = world.noise(3)
    selection = world.select()
    assert selection.kept == set(noise)
    assert selection.refused == "none helps more than chance does"
    assert {column.verdict for column in selection.columns} == {"not dropped"}


def test_all_columns_stay_where_fits_to_the_selected_ones_are_surely_worse(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(BackwardCheck, "loss", lambda *_: Loss(more=0.8, fewer=0.7, worse=0.99))
    world = KnownWorld("binary", 0, rows=400)
    world.noise(2)
    selection = world.select()
    assert len(selection.kept) == 5
    assert selection.refused is not None
    assert "roc_auc is 0.7000 with the selected columns and 0.8000 with all" in selection.refused
    assert by_name(selection)["noise1"].reason.startswith("kept with all others; by itself it would be")


def test_all_columns_stay_where_nothing_can_be_learned(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise EmptyWindow("the training part has one label")

    monkeypatch.setattr(selecting, "importances", refuse)
    selection = KnownWorld("binary", 0, rows=100).select()
    assert selection.kept == HELPING
    assert "the training part has one label" in (selection.refused or "")
