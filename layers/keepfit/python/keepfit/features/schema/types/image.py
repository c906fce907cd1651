"""Pictures: a value is the vector that the field's extractor makes of one."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from keepfit.features.extractors.digest import extractor_digest
from keepfit.features.extractors.own_onnx import OwnExtractor, Trial
from keepfit.features.extractors.registry import extractor_of
from keepfit.features.schema.cell_form import CellForm
from keepfit.features.schema.types.base import BadCell, Finish, ReadText
from keepfit.features.schema.types.vector import MAX_LENGTH, Vector

NOT_A_PICTURE = "is neither a picture in base64 nor a list of numbers"

_DEFAULT_SIZE = (32, 32)


class ImageType(Vector):
    """See ``base.ValueType``. A cell is a picture in base64, or the list of numbers that was made of one."""

    keys = frozenset({"extractor", "size"})
    not_read = NOT_A_PICTURE

    def width(self, form: CellForm) -> int:
        if isinstance(form.extractor, OwnExtractor):
            return form.extractor.length or 0
        return extractor_of(form.extractor or "pixels").length(*_size(form))

    def made_by(self, form: CellForm) -> str:
        return extractor_digest(form.extractor or "pixels", _size(form))

    def mistakes(self, form: CellForm) -> Iterator[str]:
        width = self.width(form)
        if not 0 < width <= MAX_LENGTH:
            yield (
                f"size {list(_size(form))} gives {width:,} numbers, and a vector has 1 to {MAX_LENGTH:,}; "
                "take another size"
            )

    def text_reader(self, form: CellForm) -> ReadText:
        read_list, read_picture = super().text_reader(form), picture_reader(form)

        def read(text: str) -> list[float]:
            if text.startswith("["):
                return list(read_list(text))
            data = from_base64(text)
            if data is None:
                raise BadCell(NOT_A_PICTURE)
            return read_picture(data)

        return read

    def request_type(self, form: CellForm) -> Any:
        return super().request_type(form) | str

    def is_kept_as_sent(self, form: CellForm) -> bool:
        return False

    def finisher(self, form: CellForm) -> Finish:
        finish_lists, finish_all = super().finisher(form), self.finish_each(form)

        def finish(instances: Iterable[Any], name: str) -> bool:
            cells = [getattr(instance, name) for instance in instances]
            has_pictures = any(isinstance(cell, str) for cell in cells)
            return (finish_all if has_pictures else finish_lists)(instances, name)

        return finish


def picture_reader(form: CellForm) -> Callable[[bytes], list[float]]:
    """A function of a picture's bytes to its vector. It raises BadCell."""
    vector_of, size = _vector_of(form.extractor or "pixels"), _size(form)

    def read(data: bytes) -> list[float]:
        from keepfit.features.extractors import pictures  # noqa: PLC0415  needed once there is a picture

        try:
            return vector_of(data, *size)
        except pictures.UnreadablePicture as error:
            raise BadCell(NOT_A_PICTURE) from error
        except (pictures.TooLargePicture, pictures.NoVector) as error:
            raise BadCell(str(error)) from error

    return read


def _vector_of(extractor: str | OwnExtractor) -> Callable[[bytes, int, int], list[float]]:
    """A function of a picture's bytes, a width and a height to its vector."""
    if isinstance(extractor, OwnExtractor):

        def of_file(data: bytes, width: int, height: int) -> list[float]:
            from keepfit.features.extractors.own_vectors import own_vector  # noqa: PLC0415  as above

            return own_vector(extractor, data, width, height)

        return of_file
    extract = extractor_of(extractor).extract

    def of_code(data: bytes, width: int, height: int) -> list[float]:
        from keepfit.features.extractors import pictures  # noqa: PLC0415  as above

        return extract(pictures.grey(data, width, height))

    return of_code


def own_extractors(forms: Iterable[CellForm]) -> Iterator[Trial]:
    """The extractors of fields that are files, each with the size of its pictures."""
    for form in forms:
        if isinstance(form.extractor, OwnExtractor):
            yield Trial(extractor=form.extractor, size=_size(form))


def from_base64(text: str) -> bytes | None:
    """The bytes of a text in base64, also of a data URL; None of any other."""
    _, comma, encoded = text.partition(";base64,")
    try:
        return base64.b64decode(encoded if comma and text.startswith("data:") else text, validate=True)
    except (binascii.Error, ValueError):
        return None


def _size(form: CellForm) -> tuple[int, int]:
    width, height = form.size or _DEFAULT_SIZE
    return width, height


TYPE = ImageType()
