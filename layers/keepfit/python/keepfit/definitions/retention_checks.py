"""Retention checks: ``keep`` is whole days, and covers the windows that look back."""

from __future__ import annotations

from collections.abc import Iterator

from keepfit.definitions.model import Catalogue, ModelDefinition
from keepfit.definitions.view_versions import views_of
from keepfit.features.schema.view_definition import FeatureViewDefinition
from keepfit.features.schema.view_features import window_features
from keepfit.instants import Duration

DAY = 24 * 60 * 60


def days(keep: Duration) -> int:
    """A ``keep`` in days, the unit of S3.

    >>> days(Duration.parse("48h"))
    2
    """
    return keep.seconds // DAY


def keep_mistakes(table: str, keep: Duration | None) -> Iterator[str]:
    """Mistakes in a ``keep`` that S3 cannot express."""
    if keep is not None and (keep.seconds < DAY or keep.seconds % DAY):
        yield f"{table} keep = '{keep}': S3 counts whole days, at least one; write '{-(-keep.seconds // DAY) or 1}d'"


def kept_requests_mistakes(name: str, model: ModelDefinition) -> Iterator[str]:
    """Mistakes in a model's ``keep`` that is shorter than its monitoring window."""
    mistakes = list(keep_mistakes(f"[model.{name}]", model.keep))
    if mistakes or model.keep is None:
        yield from mistakes
        return
    monitoring = model.monitoring
    needed = (
        ("monitoring.window", monitoring.window, "the monitor compares the requests of that time"),
        # One that failed once is not missed before its second turn.
        (
            "two turns of monitoring.schedule",
            Duration(2 * monitoring.schedule.seconds),
            "it collects them then",
        ),
    )
    for what, least, why in needed:
        if model.keep < least:
            yield f"[model.{name}] keep = '{model.keep}' is shorter than {what}, {least}, and {why}; keep longer"


def kept_rows_mistakes(catalogue: Catalogue, name: str) -> Iterator[str]:
    """Mistakes in datasets whose ``keep`` is shorter than what a model's training reaches back to."""
    model = catalogue.model[name]
    window = model.training.window
    if window is None:
        yield from _of_all_rows(catalogue, name)
        return
    reach = {model.dataset: (window.seconds, f"window = '{window}' reaches")}
    for view_name, view in _views_in_time(catalogue, model):
        seconds = window.seconds + _age(view)
        if seconds > reach.get(view.dataset, (0, ""))[0]:
            ages = "the windows" if view.aggregated else "ttl"
            says = f"window = '{window}', with {ages} and delay of [feature_view.{view_name}], reaches"
            reach[view.dataset] = (seconds, says)
    for dataset, (seconds, says) in sorted(reach.items()):
        keep = catalogue.dataset[dataset].keep
        if keep is not None and keep.seconds < seconds:
            yield (
                f"[model.{name}.training] {says} further back than [dataset.{dataset}] keeps rows: keep = '{keep}'; "
                f"shorten the window, or keep them for '{-(-seconds // DAY)}d'"
            )


def _of_all_rows(catalogue: Catalogue, name: str) -> Iterator[str]:
    """Without a window, every row that is kept looks its features up."""
    model = catalogue.model[name]
    kept = catalogue.dataset[model.dataset].keep
    for view_name, view in _views_in_time(catalogue, model):
        keep = catalogue.dataset[view.dataset].keep
        if keep is None or view.dataset == model.dataset:
            continue
        least = kept.seconds + _age(view) if kept else None
        if least is None or keep.seconds < least:
            longer = f"for '{-(-least // DAY)}d'" if least else "for good"
            yield (
                f"[model.{name}.training] without a window, rows of [dataset.{model.dataset}] look features up as long "
                f"as they are kept, and [dataset.{view.dataset}] keeps those of [feature_view.{view_name}] for "
                f"'{keep}'; write a window, or keep them {longer}"
            )


def _views_in_time(
    catalogue: Catalogue, model: ModelDefinition
) -> Iterator[tuple[str, FeatureViewDefinition]]:
    for view_name in views_of(catalogue.feature_view, model.features):
        view = catalogue.feature_view[view_name]
        if catalogue.dataset[view.dataset].event_time:
            yield view_name, view


def _age(view: FeatureViewDefinition) -> int:
    """How far before a row its features may have happened, in seconds."""
    ages = [view.ttl.seconds if view.ttl else 0]
    ages += [window.seconds for _, window in window_features(view).values()]
    return max(ages) + view.delay.seconds
