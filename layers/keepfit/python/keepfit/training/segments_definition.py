"""The definition of segments: which have a model of their own, and what trains it."""

from __future__ import annotations

from typing import Annotated, Final

import msgspec
from msgspec import Meta

TRAIN_SEGMENTS: Final = "train_segments"
ASSEMBLE_SEGMENTS: Final = "assemble_segments"
"""The steps of a run that train models of segments, by which the state machine asks the training image for them."""

SEGMENTED: Final = "segmented"
"""The name of the candidate that answers each segment by its own model, and its algorithm."""

LEAST_ROWS: Final = 50
MAX_SEGMENTS: Final = 2_000
MAX_TASKS: Final = 40
BATCHES_PER_TASK: Final = 8
"""So many batches follow one another at most, each for half an hour at most: a run has five hours for its segments."""
LEAST_OF_A_BATCH: Final = 25
BATCH_TIMEOUT_S: Final = 30 * 60


class SegmentsDefinition(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The models of segments, where ``segment_by`` names what parts the rows into them."""

    minimum_rows: Annotated[
        int,
        Meta(
            ge=LEAST_ROWS,
            description="a segment with fewer rows that train has no model of its own: the fallback answers it",
        ),
    ] = 200
    candidates: Annotated[
        list[str] | None,
        Meta(description="the candidates that are tried for each segment; left out, all"),
    ] = None
    tasks: Annotated[
        int, Meta(ge=1, le=MAX_TASKS, description="how many tasks train batches of segments at once")
    ] = 4
