"""Extractors of the user's own: ONNX files beside a definition, inspected, and never run here."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from keepfit.errors import InvalidDefinition, InvalidModel
from keepfit.features.extractors.own_onnx import OwnExtractor
from keepfit.features.schema.definition import DatasetDefinition
from keepfit.features.schema.types.vector import MAX_LENGTH
from keepfit.registry.onnx_inspection import EXTRACTOR, admit
from keepfit.registry.onnx_interface import FLOAT, UINT8, Interface, interface_of

_COMPILED: Final = ("sha256", "length")
_LIKE: Final = (
    "one picture at a time, float or uint8, of 1 or 3 channels: (1, 3, 224, 224) or (1, 224, 224, 3)"
)


def include_extractors(folder: Path, dataset: str, entry: Any) -> Iterator[str]:
    """Puts digest and length of a file into the extractors of ``dataset``; yields what is wrong.

    Args:
        folder: of the definitions.
        dataset: its name.
        entry: its table as it is written, which may be anything.
    """
    for name, field, extractor in _extractors(entry):
        where = f"[dataset.{dataset}.fields] {name}: extractor"
        if written := [key for key in _COMPILED if key in extractor]:
            yield f"{where} {written[0]} cannot be written here; it is read of the file"
            continue
        try:
            data = _read(folder, extractor["onnx"])
            size = _include(interface_of(data), field, extractor)
        except (InvalidDefinition, InvalidModel) as error:
            yield f"{where} {extractor['onnx']} {error}"
            continue
        extractor["sha256"] = hashlib.sha256(data).hexdigest()
        field.setdefault("size", size)


def refuse_many(folder: Path, datasets: Iterable[DatasetDefinition]) -> None:
    """Refuses more than the one function that reads all uploads can hold.

    Raises:
        InvalidDefinition: says how many bytes there are.
    """
    size = sum(path.stat().st_size for path in extractor_files(folder, datasets).values())
    if size > EXTRACTOR.size:
        raise InvalidDefinition(
            f"the extractors of all datasets have {size:,} bytes together, and up to {EXTRACTOR.size:,} are taken; "
            "use smaller ones, or one in several fields"
        )


def extractor_files(folder: Path, datasets: Iterable[DatasetDefinition]) -> Mapping[str, Path]:
    """The files of the extractors of ``datasets``, which ``folder`` defines, by their SHA-256."""
    return {
        field.extractor.sha256: folder / field.extractor.onnx
        for dataset in datasets
        for field in dataset.fields.values()
        if isinstance(field.extractor, OwnExtractor) and field.extractor.sha256
    }


def _extractors(entry: Any) -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    fields = entry.get("fields") if isinstance(entry, dict) else None
    for name, field in fields.items() if isinstance(fields, dict) else ():
        extractor = field.get("extractor") if isinstance(field, dict) else None
        if isinstance(extractor, dict) and isinstance(extractor.get("onnx"), str):
            yield name, field, extractor


def _read(folder: Path, name: str) -> bytes:
    """The file. Raises InvalidDefinition, InvalidModel, which say what is wrong with it."""
    path = folder / name
    if not path.resolve().is_relative_to(folder.resolve()):
        raise InvalidDefinition("is outside the folder of the definitions; copy it there")
    try:
        if path.stat().st_size > EXTRACTOR.size:
            raise InvalidDefinition(
                f"has {path.stat().st_size:,} bytes, and up to {EXTRACTOR.size:,} are taken"
            )
        data = path.read_bytes()
    except OSError as error:
        raise InvalidDefinition(f"cannot be read: {error.strerror}") from error
    admit(data, EXTRACTOR)
    return data


def _include(interface: Interface, field: dict[str, Any], extractor: dict[str, Any]) -> list[int]:
    """Checks that the network is one for the field's pictures, and gives their size."""
    given = interface.inputs[0] if len(interface.inputs) == 1 else None
    if (
        given is None
        or given.kind not in (FLOAT, UINT8)
        or len(given.shape) != 4
        or given.shape[0] not in (None, 1)
    ):
        raise InvalidDefinition(f"has another input than {_LIKE}")
    first = given.shape[1] in (1, 3)
    channels, *sizes = given.shape[1:] if first else (given.shape[3], given.shape[1], given.shape[2])
    if channels not in (1, 3):
        raise InvalidDefinition(f"has another input than {_LIKE}")
    for key in ("mean", "std"):
        values = extractor.get(key, [])
        if isinstance(values, list) and len(values) not in (0, 1, channels):
            raise InvalidDefinition(f"reads {channels} channels, and {key} has {len(values)} numbers")
        if key == "std" and 0 in values:
            raise InvalidDefinition("std holds 0, by which nothing can be divided")
    extractor["length"] = _length(interface)
    return _size(field.get("size"), sizes)


def _length(interface: Interface) -> int:
    length = 1
    for size in interface.outputs[0].shape[1:] if interface.outputs else ():
        length *= size or 0
    if not 0 < length <= MAX_LENGTH or len(interface.outputs[0].shape) < 2:
        raise InvalidDefinition(
            f"does not say how many numbers its first output has, or more than {MAX_LENGTH:,}; export it with an "
            "output of (1, length)"
        )
    return length


def _size(wished: Any, fixed: list[int | None]) -> list[int]:
    """The width and height of pictures, as the definition wishes it and the network fixes it."""
    height, width = fixed
    if width is None or height is None:
        if wished is None:
            raise InvalidDefinition("takes pictures of any size; say with size = [width, height] which")
        return list(wished) if isinstance(wished, list) else [0, 0]
    if wished is not None and wished != [width, height]:
        raise InvalidDefinition(f"takes pictures of [{width}, {height}], and size is {wished}")
    return [width, height]
