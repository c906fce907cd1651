"""The brightness of each pixel, row by row."""

from __future__ import annotations

from keepfit.features.extractors.base import Extractor, Grey


class Pixels(Extractor):
    """See ``base.Extractor``."""

    def length(self, width: int, height: int) -> int:
        return width * height

    def extract(self, picture: Grey) -> list[float]:
        return list(picture.ravel().tolist())


EXTRACTOR = Pixels()
