"""The time of a reference, cut into atoms of which blocks and windows are made."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from keepfit.monitoring.drift.statistic import Floats

_LEAST_ATOMS = 256
_MOST_ATOMS = 4096
# A window is made of about so many atoms at least, where rows are enough.
_ATOMS_OF_A_WINDOW = 8
# Of a reference there must be so many blocks, or nothing is known of how they differ.
_LEAST_BLOCKS = 16


@dataclass(frozen=True, slots=True)
class Timeline:
    """Rows in the order of time, in ``atoms`` of about equal rows, of which a window spans ``taken``."""

    rows: int
    atoms: int
    taken: int

    @classmethod
    def of(cls, seconds: NDArray[np.int64], window_seconds: float) -> Timeline:
        """The timeline of rows at (rows,) ascending ``seconds``, for windows of that length."""
        rows, span = len(seconds), float(seconds[-1] - seconds[0]) if len(seconds) else 0.0
        share = min(1.0, window_seconds / span) if span > 0 else 1.0
        wanted = int(min(_MOST_ATOMS, max(_LEAST_ATOMS, _ATOMS_OF_A_WINDOW / share)))
        atoms = max(1, min(rows, wanted))
        return cls(rows, atoms, max(1, round(share * atoms)))

    @property
    def atom_of_row(self) -> NDArray[np.int64]:
        """(rows,) the atom of each row."""
        return np.arange(self.rows) * self.atoms // max(self.rows, 1)

    @property
    def lengths(self) -> list[int]:
        """Lengths of blocks in atoms, each twice the one before."""
        longest = max(1, min(self.taken, self.atoms // _LEAST_BLOCKS))
        return [2**power for power in range(longest.bit_length())]

    def weights(self, random: np.random.Generator, length: int, *, taken: int, draws: int) -> Floats:
        """(draws, atoms) how often each atom is in a resample of about ``taken`` atoms, in blocks.

        Blocks begin anywhere, and at the end of the reference they go on at its beginning.

        Source: Politis and Romano, A circular block-resampling procedure for stationary data, in: Exploring the Limits
        of Bootstrap (1992).
        """
        blocks = -(-taken // length)
        starts = random.integers(self.atoms, size=(draws, blocks)) + self.atoms * np.arange(draws)[:, None]
        begun = np.bincount(starts.ravel(), minlength=draws * self.atoms).reshape(draws, self.atoms)
        ring = np.concatenate([begun[:, self.atoms - length + 1 :], begun], axis=1)
        total = np.cumsum(np.pad(ring, ((0, 0), (1, 0))), axis=1, dtype=np.float64)
        return np.asarray(total[:, length:] - total[:, :-length])
