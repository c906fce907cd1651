"""Channel checks: one place where notices go, and models that there are."""

from __future__ import annotations

from collections.abc import Iterator

from keepfit.definitions.mistakes import alike
from keepfit.definitions.model import Catalogue


def channel_mistakes(catalogue: Catalogue, name: str, broken: frozenset[str]) -> Iterator[str]:
    """The mistakes in a channel, beside those of its keys alone; ``broken`` models are no mistake of its."""
    channel, table = catalogue.channel[name], f"[channel.{name}]"
    sinks, models = channel.sinks, catalogue.model.keys() | broken
    if not sinks:
        yield f"{table} says nowhere to whom notices go; write mail, topic or webhook"
    elif len(sinks) > 1:
        yield f"{table} has {' and '.join(sinks)}; make a channel of each"
    for model in channel.models:
        if model not in models:
            yield f"{table} models names {model!r}, which is no model; {alike(model, models)}"
