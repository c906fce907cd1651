"""The rows of a spine in the order of their entities and moments."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from keepfit.features.offline.spine_index import Ints


@dataclass(frozen=True, slots=True)
class AskingRows:
    """Rows of a spine by entity and instant.

    Attributes:
        place: (rows,) where each of them was given.
        codes: (rows,) their entities, ascending; nothing matches the last one.
        instants: (rows,) microseconds since 1970 as of which they ask, ascending within an entity.
        entities: how many entities have events.
    """

    place: Ints
    codes: Ints
    instants: Ints
    entities: int

    @classmethod
    def of(cls, codes: Ints, instants: Ints, *, entities: int) -> AskingRows:
        """Sorts rows; a code of -1 is an entity that is null, which nothing matches."""
        codes = np.where(codes < 0, entities, codes)
        first, last = (int(instants.min()), int(instants.max())) if len(instants) else (0, 0)
        span = last - first + 1
        if (entities + 1) * span < 2**62:
            place = np.argsort(codes * span + (instants - first))
        else:
            place = np.lexsort((instants, codes))
        return cls(place, codes.take(place), instants.take(place), entities)

    def of_entities(self, first: int, end: int) -> AskingRows:
        """The rows of the entities from ``first`` up to, not with, ``end``, whose codes begin from 0."""
        of = slice(*np.searchsorted(self.codes, [first, end]).tolist())
        return AskingRows(self.place[of], self.codes[of] - first, self.instants[of], end - first)

    def before(self, delay: int) -> AskingRows:
        """The same rows as they ask ``delay`` microseconds earlier."""
        return AskingRows(self.place, self.codes, self.instants - delay, self.entities)
