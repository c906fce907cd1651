"""Later gains: how much better a version did than the one before it, by outcomes that came later."""

from __future__ import annotations

from datetime import datetime

import msgspec


class LaterGain(msgspec.Struct, frozen=True, kw_only=True):
    """The gain of a version over ``before``, the frozen one before it, on the same requests.

    Args:
        version: that was retrained.
        before: the version that served when its run began.
        cause: why it was retrained; see ``training.runs.triggers.Cause``.
        run_id: of its run.
        measured_at: when that was.
        metric: its name.
        gain: by how much it did better; below 0 where it did worse.
        interval: of the gain, 95 %, by a paired bootstrap.
        value: of the metric, of the version.
        value_before: of the version before.
        rows: requests that both answered, and whose outcome is known.
        refused: requests that the version before could not answer.
    """

    version: int
    before: int
    cause: str
    run_id: str
    measured_at: datetime
    metric: str
    gain: float
    interval: tuple[float, float]
    value: float
    value_before: float
    rows: int
    refused: int = 0

    @property
    def is_loss(self) -> bool:
        """Whether the version surely (97.5 %) did worse than the one before it."""
        return self.interval[1] < 0

    @property
    def is_gain(self) -> bool:
        """Whether the version surely (97.5 %) did better than the one before it."""
        return self.interval[0] > 0

    def in_words(self) -> str:
        """One sentence for people."""
        low, high = self.interval
        return (
            f"{self.metric} {self.gain:+.4f} ({low:+.4f} to {high:+.4f}) beside version {self.before} on "
            f"{self.rows:,} outcomes"
        )
