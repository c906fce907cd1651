"""Which datasets a run joins elsewhere, and which it reads itself."""

from __future__ import annotations

from keepfit.definitions.compiled_model import CompiledModel


def joined_elsewhere(compiled: CompiledModel) -> set[str]:
    """The datasets of views whose rows have a time."""
    datasets = {view.dataset for view in compiled.views.values()}
    return {name for name in datasets if compiled.datasets[name].event_time}


def read_here(compiled: CompiledModel) -> set[str]:
    """The dataset of the rows that train and judge, and those of views without a time."""
    return compiled.datasets.keys() - joined_elsewhere(compiled) | {compiled.definition.dataset}
