"""All compiled definitions of a folder as one value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from keepfit.definitions.compiled_model import CompiledDataset, CompiledModel, CompiledViews
from keepfit.features.schema.view_definition import FeatureViewDefinition
from keepfit.monitoring.notices.channel_definition import Channels


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiled:
    """The compiled definitions of a folder: every dataset, view, model and channel by its name.

    ``sources`` says which file has the table (kind, name); ``filters`` are the trees of each view's filters, by SQL.
    """

    datasets: Mapping[str, CompiledDataset]
    views: Mapping[str, FeatureViewDefinition]
    models: Mapping[str, CompiledModel]
    channels: Channels
    sources: Mapping[tuple[str, str], str]
    filters: Mapping[str, dict[str, list[Any]]]

    @property
    def online(self) -> CompiledViews:
        """The views that are online, with their datasets."""
        views = {name: view for name, view in self.views.items() if view.online}
        datasets = {view.dataset: self.datasets[view.dataset].definition for view in views.values()}
        filters = {name: self.filters[name] for name in views}
        return CompiledViews(views=views, datasets=datasets, filters=filters)

    @property
    def unread(self) -> list[str]:
        """The datasets that no model reads."""
        read = {name for model in self.models.values() for name in model.datasets}
        read |= {model.outcomes.dataset for model in self.models.values() if model.outcomes}
        return sorted(self.datasets.keys() - read)
