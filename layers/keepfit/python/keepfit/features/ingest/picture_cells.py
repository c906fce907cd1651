"""Cells of images as texts of vectors: pictures in base64, or the names of files."""

from __future__ import annotations

import json
from collections.abc import Callable

from keepfit.features.io.named_files import NamedFiles
from keepfit.features.io.reductions import NoValue
from keepfit.features.schema.definition import Field
from keepfit.features.schema.types.base import BadCell, type_of
from keepfit.features.schema.types.image import ImageType, from_base64, picture_reader


def picture_taker_of(field: Field, files: NamedFiles | None) -> Callable[[str], str] | None:
    """A function of a cell to the text of its picture's vector; None of fields that are no images.

    A text that is no picture stays as it is, for the rules of the field to tell.
    """
    if not isinstance(type_of(field.type), ImageType):
        return None
    read, is_missing = picture_reader(field), type_of(field.type).missing_test(field)

    def take(cell: str) -> str:
        text = cell.strip()
        if is_missing(text):
            return cell
        name = files.find(text) if files else None
        data = files.read(name) if files and name else from_base64(text)
        if data is None and files and "." in text and not text.startswith("["):
            raise NoValue(files.missing(text))
        if not data:
            return cell
        try:
            return json.dumps(read(data))
        except BadCell as flaw:
            raise NoValue(str(flaw)) from flaw

    return take
