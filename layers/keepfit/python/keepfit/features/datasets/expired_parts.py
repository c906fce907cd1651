"""Parts of a dataset that may have expired."""

from __future__ import annotations

from pathlib import Path

from keepfit.errors import NotFound
from keepfit.features.datasets.manifest import Part
from keepfit.features.datasets.ports import Lake
from keepfit.features.schema.definition import DatasetDefinition


def get_kept(lake: Lake, part: Part, path: Path, definition: DatasetDefinition) -> bool:
    """Copies a part to ``path``; False where it has expired, as ``definition`` lets it.

    Raises:
        NotFound: it is gone, and nothing of the dataset may expire.
    """
    try:
        lake.get_part(part, path)
    except NotFound as error:
        if definition.keep:
            return False
        raise NotFound(
            f"{error}; the dataset's definition has no keep. If the part expired under an earlier definition, set "
            "keep = '36500d'"
        ) from error
    return True
