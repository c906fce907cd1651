"""Histograms of oriented gradients: which way edges run in each part of a picture, whatever its light.

Source: Dalal and Triggs, Histograms of Oriented Gradients for Human Detection (2005), with the numbers of scikit-image
0.26 (``hog``: 9 orientations, cells of 8 by 8 pixels, blocks of 2 by 2 cells, L2-Hys), a package that does not fit into
a function beside ONNX Runtime.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from keepfit.features.extractors.base import Extractor, Grey

_ORIENTATIONS, _CELL, _BLOCK = 9, 8, 2
_CLIP, _EPSILON = 0.2, 1e-5


class Hog(Extractor):
    """See ``base.Extractor``."""

    def length(self, width: int, height: int) -> int:
        across, down = (size // _CELL - _BLOCK + 1 for size in (width, height))
        return max(across, 0) * max(down, 0) * _BLOCK * _BLOCK * _ORIENTATIONS

    def extract(self, picture: Grey) -> list[float]:
        down, across = np.zeros_like(picture), np.zeros_like(picture)
        down[1:-1] = picture[2:] - picture[:-2]
        across[:, 1:-1] = picture[:, 2:] - picture[:, :-2]
        cells = _histograms(np.hypot(across, down), np.rad2deg(np.arctan2(down, across)) % 180)
        return list(_normalized(cells).ravel().tolist())


def _histograms(strength: Grey, angle: Grey) -> Grey:
    """(cells down, cells across, orientations) the mean strength of the edges of each orientation."""
    down, across = (size // _CELL for size in strength.shape)
    whole = slice(down * _CELL), slice(across * _CELL)
    orientation = np.minimum(angle[whole] * _ORIENTATIONS // 180, _ORIENTATIONS - 1)
    histograms = np.empty((down, across, _ORIENTATIONS))
    for number in range(_ORIENTATIONS):
        of_it = np.where(orientation == number, strength[whole], 0)
        histograms[..., number] = of_it.reshape(down, _CELL, across, _CELL).mean(axis=(1, 3))
    return histograms


def _normalized(cells: Grey) -> Grey:
    """(blocks down, blocks across, cells, cells, orientations) blocks of unit length, clipped once."""
    blocks: npt.NDArray[np.float64] = np.lib.stride_tricks.sliding_window_view(
        cells, (_BLOCK, _BLOCK), (0, 1)
    )
    blocks = np.moveaxis(blocks, 2, -1)
    clipped = np.minimum(blocks / _length(blocks), _CLIP)
    return clipped / _length(clipped)


def _length(blocks: Grey) -> Grey:
    length: Grey = np.sqrt((blocks**2).sum(axis=(2, 3, 4), keepdims=True) + _EPSILON**2)
    return length


EXTRACTOR = Hog()
