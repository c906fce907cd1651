"""Decodes pictures, by Pillow, to brightness in the size that an extractor reads."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps, UnidentifiedImageError

from keepfit.features.extractors.base import Grey

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF")
MAX_PICTURE_BYTES = 20 * 2**20
MAX_PIXELS = 50_000_000
_UNREADABLE = (
    UnidentifiedImageError, OSError, SyntaxError, ValueError, OverflowError, Image.DecompressionBombError
)  # fmt: skip
# Pictures of more than 8 bits: what is their white.
_WHITE = {"I;16": 65535.0, "I;16B": 65535.0, "I;16L": 65535.0, "I": 65535.0, "F": 1.0}


class UnreadablePicture(ValueError):
    """Bytes that are no picture; the message goes on after the name of its field."""


class TooLargePicture(ValueError):
    """A picture beyond a limit; the message goes on after the name of its field."""


class NoVector(ValueError):
    """A picture that an extractor makes no vector of; the message goes on after the name of its field."""


def colours(data: bytes, width: int, height: int) -> npt.NDArray[np.float32]:
    """(height, width, 3) red, green and blue of a picture, as ``grey`` gives brightness."""
    picture = _picture(data, lambda opened: _on_white(opened).resize((width, height), Image.Resampling.BOX))
    return np.asarray(picture, dtype=np.float32) / np.float32(255)


def grey(data: bytes, width: int, height: int) -> Grey:
    """(height, width) brightness of a picture from 0 to 1, upright, on white where it is transparent.

    Raises:
        UnreadablePicture: bytes that are none of ``FORMATS``, or broken.
        TooLargePicture: more bytes or pixels than are read.
    """
    bright = _picture(data, lambda opened: _brightness(opened).resize((width, height), Image.Resampling.BOX))
    return np.asarray(bright, dtype=np.float64).clip(0, 1)


def _picture(data: bytes, made: Callable[[Image.Image], Image.Image]) -> Image.Image:
    if len(data) > MAX_PICTURE_BYTES:
        raise TooLargePicture(f"is a picture of more than {MAX_PICTURE_BYTES // 2**20} MiB")
    with warnings.catch_warnings():
        # Of files that are a little wrong, and of sizes that are checked here.
        warnings.simplefilter("ignore")
        try:
            with Image.open(io.BytesIO(data), formats=FORMATS) as opened:
                _refuse_many_pixels(opened)
                return made(ImageOps.exif_transpose(opened))
        except TooLargePicture:
            raise
        except _UNREADABLE as error:
            raise UnreadablePicture(
                f"is no picture that can be read ({', '.join(FORMATS)}): {error}"
            ) from error


def _refuse_many_pixels(picture: Image.Image) -> None:
    if picture.width * picture.height > MAX_PIXELS:
        raise TooLargePicture(f"is a picture of more than {MAX_PIXELS:,} pixels")


def _brightness(picture: Image.Image) -> Image.Image:
    """The picture with one float of each pixel."""
    white = _WHITE.get(picture.mode)
    if white is None:
        picture, white = _over_white(picture).convert("L"), 255.0
    return Image.fromarray(np.asarray(picture, dtype=np.float32) / np.float32(white))


def _over_white(picture: Image.Image) -> Image.Image:
    on_white = Image.new("RGBA", picture.size, "white")
    on_white.alpha_composite(picture.convert("RGBA"))
    return on_white


def _on_white(picture: Image.Image) -> Image.Image:
    """The picture with 8 bits of each colour."""
    if picture.mode in _WHITE:
        bright = np.asarray(_brightness(picture)).clip(0, 1) * np.float32(255)
        return Image.fromarray(bright.round().astype(np.uint8)).convert("RGB")
    return _over_white(picture).convert("RGB")
