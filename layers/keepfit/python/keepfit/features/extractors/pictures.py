"""Decodes pictures, by Pillow, to brightness in the size that an extractor reads."""

from __future__ import annotations

import io
import warnings

import numpy as np
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


def grey(data: bytes, width: int, height: int) -> Grey:
    """(height, width) brightness of a picture from 0 to 1, upright, on white where it is transparent.

    Raises:
        UnreadablePicture: bytes that are none of ``FORMATS``, or broken.
        TooLargePicture: more bytes or pixels than are read.
    """
    if len(data) > MAX_PICTURE_BYTES:
        raise TooLargePicture(f"is a picture of more than {MAX_PICTURE_BYTES // 2**20} MiB")
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore"
        )  # of files that are a little wrong, and of sizes that are checked here
        return _decoded(data, width, height)


def _decoded(data: bytes, width: int, height: int) -> Grey:
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as opened:
            _refuse_many_pixels(opened)
            upright = ImageOps.exif_transpose(opened)
            bright = _brightness(upright).resize((width, height), Image.Resampling.BOX)
    except TooLargePicture:
        raise
    except _UNREADABLE as error:
        raise UnreadablePicture(f"is no picture that can be read ({', '.join(FORMATS)}): {error}") from error
    return np.asarray(bright, dtype=np.float64).clip(0, 1)


def _refuse_many_pixels(picture: Image.Image) -> None:
    if picture.width * picture.height > MAX_PIXELS:
        raise TooLargePicture(f"is a picture of more than {MAX_PIXELS:,} pixels")


def _brightness(picture: Image.Image) -> Image.Image:
    """The picture with one float of each pixel."""
    white = _WHITE.get(picture.mode)
    if white is None:
        on_white = Image.new("RGBA", picture.size, "white")
        on_white.alpha_composite(picture.convert("RGBA"))
        picture, white = on_white.convert("L"), 255.0
    return Image.fromarray(np.asarray(picture, dtype=np.float32) / np.float32(white))
