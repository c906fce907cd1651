"""`keepfit token`: a bearer token for the prediction API."""

from __future__ import annotations

from datetime import UTC, datetime

from cli.clients.token import current
from cli.framework.command import at_place
from cli.output import Shown
from cli.places.deployment import Site


@at_place
def token(site: Site) -> Shown:
    """A bearer token for the prediction API, good for at least two minutes."""
    found = current(site)
    document = {
        "token": found.token,
        "token_type": "Bearer",
        "client": found.client,
        "expires_at": datetime.fromtimestamp(found.expires_at, UTC),
    }
    return Shown(document=document, parts=(found.token,))
