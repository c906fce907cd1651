"""Takes outcomes that clients report: rows of the model's dataset of outcomes, by prediction id.

Whether there was such a prediction is not asked here: the prediction log is delivered later than outcomes may come, and
the join with it is made whenever performance is measured.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from keepfit.errors import InvalidRequest
from keepfit.features.live.rows import read_rows, to_lines
from keepfit.features.live.upload import LiveUploads, RefusedRow, check_event, content_id, told
from keepfit.instants import now, to_iso
from keepfit.monitoring.outcomes.fields import KNOWN_AT


class Reported(msgspec.Struct, frozen=True, kw_only=True):
    """The outcomes that were taken, and those that were refused."""

    model: str
    event_id: str
    accepted: int
    refused: list[RefusedRow]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportingOutcomes:
    """Writes outcomes of one model.

    Args:
        model: its name.
        uploads: of its dataset of outcomes.
        clock: the present, when an outcome was known that does not say.
    """

    model: str
    uploads: LiveUploads
    clock: Callable[[], datetime] = now

    def report(self, outcomes: Sequence[Any], event_id: str | None) -> Reported:
        """Writes those of ``outcomes`` that are good; without an ``event_id`` their content is their name.

        Raises:
            InvalidRequest: none is good, there are too many or none, or the event reported others before.
            Transient: the dataset could not take them; nothing was written, and the same call may succeed.
        """
        at = self.clock()
        check_event(outcomes, event_id, key="outcomes")
        event_id = event_id or content_id(msgspec.json.encode(outcomes, order="sorted"))
        rows = [{KNOWN_AT: to_iso(at), **row} if isinstance(row, dict) else row for row in outcomes]
        read = read_rows(self.uploads.definition, rows, at)
        try:
            self.uploads.take(rows, read, event_id, at)
        except InvalidRequest as error:
            good = [outcomes[row] for row, _ in read.good]
            if error.code != "event_id_used" or not self._reported_before(good, event_id):
                raise
        return Reported(
            model=self.model, event_id=event_id, accepted=len(read.good), refused=told(read.problems)
        )

    def _reported_before(self, outcomes: Sequence[dict[str, Any]], event_id: str) -> bool:
        """Whether the event is the same but for the time at which those were known that did not say."""
        kept = self.uploads.intake.get(self.uploads.key(event_id))
        before = [msgspec.json.decode(line) for line in kept.splitlines()]
        if len(before) != len(outcomes):
            return False
        again = [{KNOWN_AT: one[KNOWN_AT], **row} for one, row in zip(before, outcomes, strict=True)]
        return to_lines(self.uploads.definition, again) == kept
