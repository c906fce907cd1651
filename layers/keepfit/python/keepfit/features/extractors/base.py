"""The interface of extractors."""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np
import numpy.typing as npt

Grey = npt.NDArray[np.float64]

DECODING_VERSION = 1
"""Counts changes of how pictures are turned, put on white and resized; see ``Extractor.version``."""


class Extractor(ABC):
    """Makes a vector of a resized picture: of the same picture the same numbers, wherever it runs.

    Attributes:
        version: counts changes of its numbers; vectors of different versions do not mix.
    """

    version: int = 1

    @abstractmethod
    def length(self, width: int, height: int) -> int:
        """How many numbers the vector of a picture of this size has; 0 where it is too small."""

    @abstractmethod
    def extract(self, picture: Grey) -> list[float]:
        """The vector of a (height, width) picture, from 0 for black to 1 for white."""
