"""The ways in which an upload is poisoned: each changes honest rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
import pandas as pd

from proofs.poison.worlds import LABEL, TIME, World

Poison = Callable[[pd.DataFrame, World, np.random.Generator], pd.DataFrame]


def _flipped(rows: pd.DataFrame, which: np.ndarray) -> pd.DataFrame:
    return rows.assign(**{LABEL: rows[LABEL].to_numpy() ^ which})


def _at_random(rows: pd.DataFrame, _world: World, random: np.random.Generator) -> pd.DataFrame:
    return _flipped(rows, random.random(len(rows)) < random.uniform(0.35, 0.5))


def _one_class(rows: pd.DataFrame, _world: World, random: np.random.Generator) -> pd.DataFrame:
    return _flipped(rows, rows[LABEL].to_numpy() & (random.random(len(rows)) < 0.7))


def _one_slice(rows: pd.DataFrame, world: World, _random: np.random.Generator) -> pd.DataFrame:
    return _flipped(rows, (rows[world.slices] == rows[world.slices].mode()[0]).to_numpy())


def _one_outcome(rows: pd.DataFrame, _world: World, random: np.random.Generator) -> pd.DataFrame:
    return rows.assign(**{LABEL: bool(random.random() < 0.5)})


def _one_time(rows: pd.DataFrame, _world: World, _random: np.random.Generator) -> pd.DataFrame:
    return rows.assign(**{TIME: rows[TIME].iloc[-1]})


def _flood(rows: pd.DataFrame, _world: World, random: np.random.Generator) -> pd.DataFrame:
    few = rows.iloc[random.choice(len(rows), 5, replace=False)].assign(**{LABEL: lambda few: ~few[LABEL]})
    many = pd.concat([few] * 200, ignore_index=True)
    many[TIME] = np.resize(rows[TIME].to_numpy(), len(many))
    return pd.concat([rows, many], ignore_index=True)


def _units(rows: pd.DataFrame, world: World, random: np.random.Generator) -> pd.DataFrame:
    if random.random() < 0.5:
        return rows.assign(**{world.number: (rows[world.number] - 32) / 1.8})
    return rows.assign(**{world.number: rows[world.number] * 1.609})


def _leak(rows: pd.DataFrame, world: World, random: np.random.Generator) -> pd.DataFrame:
    spread = rows[world.other].std()
    leaked = rows[world.other].median() + spread * (
        2.0 * rows[LABEL] - 1.0 + random.normal(0, 0.2, len(rows))
    )
    return rows.assign(**{world.other: leaked})


def _outliers(rows: pd.DataFrame, world: World, random: np.random.Generator) -> pd.DataFrame:
    extreme = random.random(len(rows)) < 0.15
    values = np.where(extreme, world.bound * random.uniform(0.5, 0.99, len(rows)), rows[world.number])
    return _flipped(rows.assign(**{world.number: values}), extreme)


def _categories(rows: pd.DataFrame, world: World, random: np.random.Generator) -> pd.DataFrame:
    made_up = np.array([f"new-{n}" for n in random.integers(0, 300, len(rows))], dtype=object)
    return rows.assign(
        **{world.slices: np.where(random.random(len(rows)) < 0.6, made_up, rows[world.slices])}
    )


def _swapped(rows: pd.DataFrame, world: World, _random: np.random.Generator) -> pd.DataFrame:
    return rows.assign(**{world.number: rows[world.other], world.other: rows[world.number]})


def _backdated(rows: pd.DataFrame, _world: World, random: np.random.Generator) -> pd.DataFrame:
    past = rows.assign(**{TIME: rows[TIME] - pd.Timedelta(days=400)})
    return _flipped(past, random.random(len(rows)) < 0.5)


KINDS: Final[dict[str, Poison]] = {
    "labels flipped at random": _at_random,
    "labels of one class flipped": _one_class,
    "labels of one slice flipped": _one_slice,
    "outcomes of one class": _one_outcome,
    "constant times": _one_time,
    "duplicated flood": _flood,
    "shifted units": _units,
    "leaking column": _leak,
    "outliers within bounds": _outliers,
    "flood of new categories": _categories,
    "swapped columns": _swapped,
    "backdated rows": _backdated,
}
