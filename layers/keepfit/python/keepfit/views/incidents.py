"""The view of incidents: what stopped the automatic trainings of models."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from keepfit.training.runs.incidents import Incident, open_incidents
from keepfit.views.stores import ModelStores


class ModelIncident(Incident, frozen=True, kw_only=True):
    """An incident and its model."""

    model: str


def read_incidents(models: Iterable[ModelStores], *, everything: bool = False) -> list[ModelIncident]:
    """The open incidents of each model, the newest first; with ``everything``, those that were closed too."""
    return [
        ModelIncident(model=stores.model, **msgspec.structs.asdict(incident))
        for stores in models
        for incident in reversed(_incidents(stores, everything=everything))
    ]


def _incidents(stores: ModelStores, *, everything: bool) -> list[Incident]:
    incidents = stores.runs.admission().incidents
    return incidents if everything else open_incidents(incidents)
