"""The scopes that open each route of the API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from keepfit.api_routes import (
    DOCS_PATH,
    FEATURES_PATH,
    INFER_PATH,
    MODEL_ROUTES,
    OPENAPI_PATH,
    OUTCOMES_PATH,
    PREDICT_PATH,
    VERSION_PATH,
)
from keepfit.serving.access.grant import INFER, READ, WRITE_FEATURES, WRITE_OUTCOMES

# Clients look whether a model is ready before they ask it, and whether the server is whatever they came for.
_ASKS_BEFORE: Final = ("model_ready", "version_ready")
_OPEN: Final = ("live", "ready")


def _of(route: str) -> tuple[str, ...]:
    if route in _OPEN:
        return ()
    return (INFER, READ) if route in _ASKS_BEFORE else (READ,)


SCOPES_OF: Final[Mapping[str, tuple[str, ...]]] = {
    **{path: _of(name) for name, path in MODEL_ROUTES.items()},
    OPENAPI_PATH: (READ,),
    DOCS_PATH: (READ,),
    PREDICT_PATH: (INFER,),
    INFER_PATH: (INFER,),
    VERSION_PATH: (INFER,),
    FEATURES_PATH: (WRITE_FEATURES,),
    OUTCOMES_PATH: (WRITE_OUTCOMES,),
}
"""By the template of the path; one of them is enough, and a token alone where there is none."""
