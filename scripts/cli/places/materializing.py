"""Has a view materialised, and waits until it is."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from cli.places.deployment import Deployment
from cli.places.functions import invoke

_PAUSE_S = 2.0


def materialized(
    deployment: Deployment, view: str, how: dict[str, Any], tell: Callable[[str], None]
) -> dict[str, Any]:
    """Has the view materialised, and returns the outcome.

    ``how`` is passed to the function, see ``runtime.materialize_features.Asked``.
    """
    function = deployment.platform("MaterializeFunction")
    asked: dict[str, Any] = {"action": "materialize", "view": view}
    while True:
        answer = invoke(function, {**asked, **how})["views"][0]
        if answer["outcome"] not in ("unfinished", "elsewhere"):
            return dict(answer)
        tell(f"materializing {view}: {_share(answer['state'])}")
        if answer["outcome"] == "elsewhere":  # another call is at work
            time.sleep(_PAUSE_S)
        else:  # what is begun anew goes on from where it is
            how = {}


def _share(state: dict[str, Any]) -> str:
    return f"{state['done']} of {state['units']} units, {state['entities']:,} entities"
