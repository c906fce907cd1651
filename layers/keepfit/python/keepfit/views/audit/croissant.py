"""A version of a dataset as Croissant 1.0: its files with digests, its fields with types.

Source: Croissant Format Specification 1.0, http://mlcommons.org/croissant/1.0.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import msgspec
from msgspec import UNSET

from keepfit.errors import NotFound
from keepfit.features.datasets.manifest import Manifest, Part
from keepfit.features.datasets.ports import Lake
from keepfit.features.io.formats import file_sha256
from keepfit.features.schema.definition import DatasetDefinition, Field
from keepfit.features.schema.types.base import type_of

_CROISSANT: Final = "http://mlcommons.org/croissant/"
_PARQUET: Final = "application/x-parquet"
_ROWS: Final = "rows"
# What a column of Parquet is in terms of schema.org; of a list, what each element is.
_TYPES: Final = {
    "BIGINT": "sc:Integer",
    "BOOLEAN": "sc:Boolean",
    "DOUBLE": "sc:Float",
    "DOUBLE[]": "sc:Float",
    "TIMESTAMPTZ": "sc:DateTime",
    "VARCHAR": "sc:Text",
}
# The terms of the specification's context.
_JSON: Final = ("data", "examples")
_TERMS: Final = (
    "citeAs", "column", "containedIn", "equivalentProperty", "extract", "field", "fileObject", "fileProperty",
    "fileSet", "format", "includes", "isLiveDataset", "jsonPath", "key", "md5", "parentField", "path", "recordSet",
    "references", "regex", "repeated", "replace", "separator", "source", "subField", "transform",
)  # fmt: skip


def croissant(
    lake: Lake, manifest: Manifest, *, bucket: str, definition: DatasetDefinition | None = None
) -> dict[str, Any]:
    """The document of a version, in JSON-LD.

    Every file is read for its digest, so what it says is there was there. A file that has expired is left out.

    Args:
        lake: where its rows are.
        manifest: the version's.
        bucket: the lake's name.
        definition: says what the dataset is, for people, and by which fields a row is named.
    """
    name = manifest.dataset
    files = [*_files(lake, manifest, bucket)]
    held = {
        "@type": "cr:FileSet",
        "@id": _ROWS,
        "name": _ROWS,
        "description": "the rows of every upload that the version consists of",
        "containedIn": [{"@id": each["@id"]} for each in files],
        "encodingFormat": _PARQUET,
        "includes": "*.parquet",
    }
    return {
        "@context": _context(),
        "@type": "sc:Dataset",
        "conformsTo": f"{_CROISSANT}1.0",
        "name": name,
        **_described(manifest, definition, len(files)),
        "version": f"{manifest.version}.0.0",
        "datePublished": manifest.created_at,
        "url": f"s3://{bucket}/",
        "isLiveDataset": True,
        "distribution": [*files, held],
        "recordSet": [
            {
                "@type": "cr:RecordSet",
                "@id": name,
                "name": name,
                **_key(name, manifest, definition),
                "field": [_field(name, each, field) for each, field in manifest.schema.items()],
            }
        ],
    }


def _context() -> dict[str, Any]:
    return {
        "@language": "en",
        "@vocab": "https://schema.org/",
        "cr": _CROISSANT,
        "dct": "http://purl.org/dc/terms/",
        "sc": "https://schema.org/",
        "conformsTo": "dct:conformsTo",
        "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
        **{term: {"@id": f"cr:{term}", "@type": "@json"} for term in _JSON},
        **{term: f"cr:{term}" for term in _TERMS},
    }


def _described(manifest: Manifest, definition: DatasetDefinition | None, files: int) -> dict[str, Any]:
    gone = len(manifest.parts) - files
    counts = f"Version {manifest.version}: {manifest.rows:,} rows of {len(manifest.parts)} uploads"
    counts += f", {gone} of which have expired." if gone else "."
    said = definition.description if definition else UNSET
    described: dict[str, Any] = {"description": counts if said is UNSET else f"{said}\n\n{counts}"}
    if definition and definition.tags is not UNSET:
        described["keywords"] = definition.tags
    if definition and definition.owner is not UNSET:
        described["creator"] = {"@type": "sc:Organization", "name": definition.owner}
    return described


def _files(lake: Lake, manifest: Manifest, bucket: str) -> Iterator[dict[str, Any]]:
    with TemporaryDirectory(prefix="croissant-") as folder:
        path = Path(folder) / "rows.parquet"
        for number, part in enumerate(manifest.parts):
            found = _as_it_is(lake, part)
            try:
                lake.get_part(found, path)
            except NotFound:
                continue
            yield {
                "@type": "cr:FileObject",
                "@id": f"upload-{number}",
                "name": part.sha256,
                "description": f"the good rows of {part.source.key}, {found.rows:,}",
                "contentUrl": f"s3://{bucket}/{found.key}",
                "contentSize": f"{path.stat().st_size} B",
                "encodingFormat": _PARQUET,
                "sha256": file_sha256(path),
            }


def _as_it_is(lake: Lake, part: Part) -> Part:
    """The part, or what took its place since rows of it were forgotten."""
    found = lake.rewritten(part.key)
    if found is None:
        return part
    return msgspec.structs.replace(part, key=found.key, version_id=found.version_id, rows=found.rows)


def _key(name: str, manifest: Manifest, definition: DatasetDefinition | None) -> dict[str, Any]:
    keys = [key for key in (definition.key if definition else ()) if key in manifest.schema]
    return {"key": [{"@id": f"{name}/{key}"} for key in keys]} if keys else {}


def _field(dataset: str, name: str, field: Field) -> dict[str, Any]:
    kind = type_of(field.type)
    said = [text for text in (field.description, f"in {field.unit}" if field.unit else None) if text]
    described: Mapping[str, Any] = {"description": ", ".join(said)} if said else {}
    return {
        "@type": "cr:Field",
        "@id": f"{dataset}/{name}",
        "name": name,
        **described,
        "dataType": _TYPES[kind.storage],
        **({"repeated": True} if kind.is_list else {}),
        "source": {"fileSet": {"@id": _ROWS}, "extract": {"column": name}},
    }
