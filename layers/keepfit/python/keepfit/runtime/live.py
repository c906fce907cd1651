"""The adapters of what serves a model: the alias of a function, or weighted target groups."""

from __future__ import annotations

import os
from importlib import import_module
from typing import Any, Final

from keepfit import variables
from keepfit.adapters.aws.cloudwatch_requests import CloudWatchRequests
from keepfit.adapters.aws.lambda_alias import LambdaLiveAlias
from keepfit.adapters.aws.lambda_releases import NEXT, LambdaLiveRouting, LambdaReleases
from keepfit.runtime.settings import setting
from keepfit.serving.release.ports import CanaryRequests, LiveRouting, ReleaseTarget, RoutingReader
from keepfit.serving.release.system_tests import TIMEOUT_S
from keepfit.training.runs.ports import LiveAlias

# Imported by functions of models that a container serves; a name, so that no other pays for it.
_CONTAINERS: Final = "keepfit.runtime.live_containers"


def live_alias() -> LiveAlias:
    """What serves, for who only reads that."""
    found: LiveAlias = _containers().record() if _in_containers() else LambdaLiveAlias(function=_function())
    return found


def live_routing() -> RoutingReader:
    """What serves, and its revision, for who only reads that."""
    found: RoutingReader = (
        _containers().record() if _in_containers() else LambdaLiveRouting(function=_function())
    )
    return found


def moved_routing() -> LiveRouting:
    """What serves, for the one function that moves it."""
    found: LiveRouting = (
        _containers().target_groups() if _in_containers() else LambdaLiveRouting(function=_function())
    )
    return found


def next_routing() -> LiveRouting:
    """What is tested, for the one function that moves it."""
    found: LiveRouting = (
        _containers().next_target_group()
        if _in_containers()
        else LambdaLiveRouting(function=_function(), alias=NEXT)
    )
    return found


def release_target() -> ReleaseTarget:
    """Publishes releases, and invokes them by their numbers."""
    functions = LambdaReleases(function=_function())
    found: ReleaseTarget = _containers().releases(functions) if _in_containers() else functions
    return found


def patience_s() -> float:
    """How long a release that was just published may take until it answers over HTTPS."""
    found: float = _containers().PATIENCE_S if _in_containers() else TIMEOUT_S
    return found


def canary_requests() -> CanaryRequests:
    """Counts what clients asked of a release."""
    found: CanaryRequests = (
        _containers().requests() if _in_containers() else CloudWatchRequests(function=_function())
    )
    return found


def stop_idle(run_id: str | None = None) -> None:
    """Stops idle tasks, where there are any; see ``live_containers.stop_idle_slots``."""
    if _in_containers():
        _containers().stop_idle_slots(run_id)


def _function() -> str:
    return setting(variables.PREDICT_FUNCTION)


def _in_containers() -> bool:
    return variables.CONTAINER in os.environ


def _containers() -> Any:
    return import_module(_CONTAINERS)
