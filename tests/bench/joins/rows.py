"""The rows that are joined: a spine and three feature views of an entity."""

from __future__ import annotations

SPINE_ROWS, VIEW_ROWS, ENTITIES, VIEWS, DAYS = 200_000, 2_000_000, 5_000, 3, 90
# A feature is known ten minutes after its event, and counts for a day.
DELAY_SECONDS, TTL_SECONDS = 600, 86_400
FEATURES = {f"view_{n}": [f"mean_{n}", f"count_{n}"] for n in range(VIEWS)}
