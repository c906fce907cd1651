"""How late carriers, airports and aircraft have been, as a client who keeps books would know it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
import pandas as pd

_KNOWN_BEFORE: Final = 2 * 3600 * 10**6
_WINDOWS: Final = {"3h": 3, "1d": 24, "7d": 168}
_HOUR: Final = 3600 * 10**6


def late_shares(flights: pd.DataFrame, keys: Mapping[str, str]) -> pd.DataFrame:
    """The share of late flights of each key in each window, two hours before a flight's departure.

    A flight counts from when its outcome was known, if it should have departed no longer before than the window.
    NaN where none does.

    Args:
        flights: with ``scheduled_departure``, ``arrived_at``, ``late`` and the columns of ``keys``.
        keys: the columns, by what their features are called.
    """
    departed, known = (_micros(flights[name]) for name in ("scheduled_departure", "arrived_at"))
    late = flights["late"].astype("Float64").to_numpy(float, na_value=np.nan)
    shares = {}
    for name, column in keys.items():
        codes, _ = pd.factorize(flights[column])
        counts = ~np.isnan(late) & (codes >= 0)
        entered = np.maximum(known, departed)[counts]
        events = _Events(codes[counts], entered, departed[counts], late[counts])
        for window, hours in _WINDOWS.items():
            found = events.shares(codes, departed - _KNOWN_BEFORE, hours * _HOUR)
            shares[f"{name}_late_{window}"] = found
    return pd.DataFrame(shares, index=flights.index)


class _Events:
    """Outcomes in the order of when they were known, and of when they should have departed."""

    def __init__(
        self,
        codes: np.ndarray,
        entered: np.ndarray,
        departed: np.ndarray,
        late: np.ndarray,
    ) -> None:
        self._codes, self._entered, self._departed, self._late = codes, entered, departed, late

    def shares(self, codes: np.ndarray, at: np.ndarray, window: int) -> np.ndarray:
        """(rows,) the share of late ones known by ``at`` that should have departed since ``at - window``."""
        in_time = self._entered - self._departed <= window  # others are never known while the window has them
        begun = self._up_to(self._entered, in_time, codes, at)
        gone = self._up_to(self._departed, in_time, codes, at - window - 1)
        count, late = begun[0] - gone[0], begun[1] - gone[1]
        with np.errstate(invalid="ignore"):
            return np.where(codes >= 0, late / count, np.nan)

    def _up_to(
        self, instants: np.ndarray, of: np.ndarray, codes: np.ndarray, at: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """(rows,) how many outcomes of the row's key there are up to ``at``, and how many of them are late."""
        keys, late = self._keys(self._codes[of], instants[of]), self._late[of]
        order = np.argsort(keys, kind="stable")
        total = np.concatenate([[0.0], np.cumsum(late[order])])
        last = np.searchsorted(keys[order], self._keys(codes, at), side="right")
        first = np.searchsorted(keys[order], self._keys(codes, np.full(len(at), -(1 << 40))), side="left")
        first = np.minimum(first, last)
        return (last - first).astype(float), total[last] - total[first]

    @staticmethod
    def _keys(codes: np.ndarray, instants: np.ndarray) -> np.ndarray:
        keys: np.ndarray = (codes.astype(np.int64) << 43) + instants // 1000
        return keys


def _micros(instants: pd.Series) -> np.ndarray:
    micros: np.ndarray = instants.dt.tz_convert("UTC").to_numpy("datetime64[us]").astype(np.int64)
    return micros
