"""The routes of the HTTP API that all models share, and the names that go with them."""

from __future__ import annotations

from typing import Final

# The header that tells a system test which Lambda version answered; clients do not get it.
LAMBDA_VERSION: Final = "keepfit-lambda-version"
# What is written into an event of the function that answers: for whom the client asks. Nothing that a client sends
# gets to this place.
TENANT: Final = "tenant"
# Predictions of a model, a row for each instance.
PREDICT_PATH: Final = "/models/{model}/predict"
# By which clients write rows of a view.
FEATURES_PATH: Final = "/features/{view}"
# By which clients report what came true of predictions of a model.
OUTCOMES_PATH: Final = "/models/{model}/outcomes"
# By which a person whom AWS knows decides on a release.
APPROVALS_PATH: Final = "/models/{model}/approvals"
# Groups of clients that were let write before there were scopes; deployments keep them.
FEATURE_WRITERS: Final = "feature-writers"
OUTCOME_WRITERS: Final = "outcome-writers"
# The descriptions of the whole API, as a document and as a page.
OPENAPI_PATH: Final = "/openapi.json"
DOCS_PATH: Final = "/docs"
# Where the routes of the Open Inference Protocol V2 begin.
INFERENCE: Final = "/v2"
_MODEL: Final = f"{INFERENCE}/models/{{model}}"
_VERSION: Final = f"{_MODEL}/versions/{{version}}"
# Inferences by a model, and by one of its versions.
INFER_PATH: Final = f"{_MODEL}/infer"
VERSION_PATH: Final = f"{_VERSION}/infer"
# Metadata and readiness, by the name of what they are of.
MODEL_ROUTES: Final = {
    "server": INFERENCE,
    "live": f"{INFERENCE}/health/live",
    "ready": f"{INFERENCE}/health/ready",
    "model": _MODEL,
    "model_ready": f"{_MODEL}/ready",
    "version": _VERSION,
    "version_ready": f"{_VERSION}/ready",
}
