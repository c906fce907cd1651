"""`keepfit token`: a bearer token for the prediction API."""

from __future__ import annotations

from datetime import UTC, datetime

from cli.clients.token import current
from cli.framework.command import at_place
from cli.output import Shown
from cli.places.deployment import Deployment


@at_place
def token(deployment: Deployment) -> Shown:
    """A bearer token for the prediction API, good for at least two minutes."""
    token = current(deployment)
    document = {
        "token": token.token,
        "token_type": "Bearer",
        "client": token.client,
        "expires_at": datetime.fromtimestamp(token.expires_at, UTC),
    }
    return Shown(document=document, parts=(token.token,))
