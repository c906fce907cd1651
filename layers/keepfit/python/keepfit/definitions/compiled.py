"""All compiled definitions of a folder as one value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from keepfit.definitions.model import CompiledDataset, CompiledModel, CompiledViews
from keepfit.features.schema.definition import FeatureViewDefinition


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiled:
    """The compiled definitions of a folder: every dataset, view and model by its name.

    ``sources`` says which file has the table (kind, name). ``online`` are the views that are online.
    """

    datasets: Mapping[str, CompiledDataset]
    views: Mapping[str, FeatureViewDefinition]
    models: Mapping[str, CompiledModel]
    sources: Mapping[tuple[str, str], str]
    online: CompiledViews

    @property
    def unread(self) -> list[str]:
        """The datasets that no model reads."""
        read = {name for model in self.models.values() for name in model.datasets}
        return sorted(self.datasets.keys() - read)
