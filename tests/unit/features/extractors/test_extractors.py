"""Pictures become the same numbers wherever they are read."""

from __future__ import annotations

import io
import math
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from keepfit.features.extractors.pictures import TooLargePicture, UnreadablePicture, grey
from keepfit.features.extractors.registry import MODULES, extractor_of


def written(picture: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def drawn(*shape: int) -> npt.NDArray[np.uint8]:
    return np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)


def test_pixels_of_the_size_asked_for_are_their_brightness() -> None:
    pixels = drawn(6, 4)
    assert np.allclose(grey(written(Image.fromarray(pixels)), 4, 6), pixels / 255, atol=1e-7)


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "GIF", "BMP", "TIFF"])
def test_a_format_without_loss_gives_the_same_brightness(kind: str) -> None:
    pixels = drawn(9, 9)
    options = {"lossless": True} if kind == "WEBP" else {}
    found = grey(written(Image.fromarray(pixels), kind, **options), 9, 9)
    assert np.abs(found - pixels / 255).max() < 0.005


def test_a_smaller_picture_is_the_mean_of_what_lies_under_each_pixel() -> None:
    pixels = drawn(8, 8)
    means = pixels.reshape(4, 2, 4, 2).mean(axis=(1, 3)) / 255
    assert np.allclose(grey(written(Image.fromarray(pixels)), 4, 4), means, atol=1e-6)


def test_sixteen_bits_are_brightness_and_not_cut_off() -> None:
    pixels = np.array([[0, 32768, 65535]], dtype=np.uint16)
    assert grey(written(Image.fromarray(pixels)), 3, 1)[0] == pytest.approx([0, 0.5, 1], abs=1e-4)


def test_what_is_transparent_is_white_and_a_palette_is_looked_up() -> None:
    clear = Image.new("RGBA", (2, 1), (0, 0, 0, 0))
    assert grey(written(clear), 2, 1).tolist() == [[1.0, 1.0]]
    red = Image.new("RGB", (1, 1), (255, 0, 0)).convert("P")
    assert grey(written(red), 1, 1)[0, 0] == pytest.approx(76 / 255, abs=0.01)


def test_a_photograph_is_turned_as_the_camera_was() -> None:
    pixels = np.zeros((8, 16), np.uint8)
    pixels[:, 8:] = 255
    exif = Image.Exif()
    exif[0x0112] = 6  # turn it a quarter to the right
    found = grey(written(Image.fromarray(pixels), exif=exif), 8, 16)
    assert found[:8].max() == 0
    assert found[8:].min() == 1


@pytest.mark.parametrize(
    "data", [b"", b"no picture", b"\x89PNG\r\n\x1a\n", written(Image.new("L", (9, 9)))[:45]]
)
def test_bytes_that_are_no_whole_picture_are_refused(data: bytes) -> None:
    with pytest.raises(UnreadablePicture, match="is no picture that can be read"):
        grey(data, 4, 4)


def test_a_picture_beyond_the_limits_is_refused_before_it_is_decoded() -> None:
    with pytest.raises(TooLargePicture, match=r"more than 50,000,000 pixels"):
        grey(written(Image.new("1", (10_000, 5_001))), 4, 4)
    with pytest.raises(TooLargePicture, match="more than 20 MiB"):
        grey(bytes(20 * 2**20 + 1), 4, 4)


@pytest.mark.parametrize("name", MODULES)
@pytest.mark.parametrize(("width", "height"), [(16, 16), (24, 17), (40, 32), (32, 16)])
def test_a_vector_is_as_long_as_its_extractor_says_and_finite(name: str, width: int, height: int) -> None:
    vector = extractor_of(name).extract(drawn(height, width) / 255)
    assert len(vector) == extractor_of(name).length(width, height)
    assert all(map(math.isfinite, vector))


def test_histograms_of_gradients_are_those_of_the_definition() -> None:
    """An oracle that goes pixel by pixel; it gives the numbers of scikit-image 0.26 to seven digits."""
    picture = drawn(17, 24) / 255
    height, width = picture.shape
    cells = np.zeros((height // 8, width // 8, 9))
    for y in range(8 * cells.shape[0]):
        for x in range(8 * cells.shape[1]):
            down = picture[y + 1, x] - picture[y - 1, x] if 0 < y < height - 1 else 0.0
            across = picture[y, x + 1] - picture[y, x - 1] if 0 < x < width - 1 else 0.0
            angle = math.degrees(math.atan2(down, across)) % 180
            cells[y // 8, x // 8, min(int(angle // 20), 8)] += math.hypot(down, across) / 64
    expected: list[float] = []
    for y in range(cells.shape[0] - 1):
        for x in range(cells.shape[1] - 1):
            block = cells[y : y + 2, x : x + 2].ravel()
            block = np.minimum(block / math.sqrt((block**2).sum() + 1e-10), 0.2)
            expected += (block / math.sqrt((block**2).sum() + 1e-10)).tolist()
    assert extractor_of("hog").extract(picture) == pytest.approx(expected, abs=1e-12)
