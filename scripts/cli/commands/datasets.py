"""`keepfit datasets`: the newest version of every dataset."""

from __future__ import annotations

from cli.framework.command import at_place
from cli.output import Shown
from cli.places.deployment import Deployment
from cli.rendering.dataset_table import datasets_table
from keepfit.views.datasets import read_dataset

_COLUMNS = ["dataset", "version", "rows", "stored_rows", "files", "bad_rows", "first_event", "last_event"]


@at_place
def datasets(deployment: Deployment) -> Shown:
    """The newest version of every dataset."""
    summaries = [read_dataset(deployment.dataset_stores(name)) for name in deployment.dataset_names]
    return Shown(document=summaries, parts=(datasets_table(summaries, _COLUMNS),))
