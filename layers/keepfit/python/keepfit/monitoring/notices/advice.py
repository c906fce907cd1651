"""Advice: what to do about an alarm, and the command that shows more, by what the alarm watches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

_REDRIVE: Final = "read the messages of the dead-letter queue, mend the cause, then redrive or purge it"


@dataclass(frozen=True, slots=True)
class Advice:
    """What to do while an alarm sounds; ``{model}`` in ``look`` is the model's name."""

    next: str
    look: str


_BY_ALARM: Final = {
    "drift": Advice(
        "nothing, a training starts by itself; see what moved, and for whom", "keepfit drift {model}"
    ),
    "decay": Advice("nothing, a training starts by itself; see by how much", "keepfit performance {model}"),
    "estimated-decay": Advice(
        "nothing, a training starts by itself; see how honest the estimate was", "keepfit performance {model}"
    ),
    "heartbeat": Advice(
        "run the monitor and read what it says; until then drift is not noticed",
        "keepfit drift {model} --run",
    ),
    "errors": Advice("see the log of the predict function; `keepfit rollback` goes back", "keepfit status"),
    "latency": Advice(
        "see whether a release or a load is new; `keepfit rollback` goes back", "keepfit status"
    ),
}
_OF_QUEUE: Final = Advice(_REDRIVE, "keepfit doctor")


def advice(alarm: str) -> Advice:
    """The advice about an alarm, by its name without the model; others are on dead-letter queues.

    >>> advice("errors-blue") == advice("errors")
    True
    """
    found = _BY_ALARM.get(alarm) or _BY_ALARM.get(alarm.partition("-")[0])
    return found or _OF_QUEUE
