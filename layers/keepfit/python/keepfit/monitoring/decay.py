"""Decay: how much worse a model does than on the holdout that it was judged by, at least."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from keepfit.evaluation.metrics.base import Metric
from keepfit.events import ALARM_STANDING, Events
from keepfit.instants import to_iso
from keepfit.monitoring.ports import Alarms, Metrics


def least_decay(metric: Metric, judged: float, interval: tuple[float, float]) -> float:
    """How much worse than ``judged`` the better end of an interval is; 0 where it is not.

    Chance alone seldom makes it more than 0, so that what is published is decay and no noise.
    """
    best = interval[1] if metric.greater_is_better else interval[0]
    return max(0.0, float(metric.gain(judged, best)))


@dataclass(frozen=True, slots=True, kw_only=True)
class DecayAlarm:
    """The alarm on one metric of decay: its name, and the decay from which it sounds."""

    name: str
    threshold: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DecayWatch:
    """Publishes decay for the alarms of a model, and repeats those that stand.

    ``watched`` has an alarm for each metric that is published, none by default.
    """

    model: str
    watched: Mapping[str, DecayAlarm]
    alarms: Alarms
    metrics: Metrics
    events: Events

    def standing(self) -> dict[str, datetime]:
        """Since when each alarm stands that does, by its metric."""
        found = {name: self.alarms.standing_since(alarm.name) for name, alarm in self.watched.items()}
        return {name: since for name, since in found.items() if since is not None}

    def named(self, standing: Mapping[str, datetime]) -> dict[str, datetime]:
        """Since when alarms stand, by their names in place of their metrics."""
        return {self.watched[metric].name: since for metric, since in standing.items()}

    def publish(
        self, found: Mapping[str, float | None], standing: Mapping[str, datetime], *, repeats: bool
    ) -> bool:
        """Publishes what was ``found`` of the watched metrics; True where "Alarm Standing" was sent.

        Args:
            found: decay by metric, None where it could not be measured.
            standing: the alarms that stood before.
            repeats: whether an alarm is repeated that stood before and still does.
        """
        known = {name: value for name in self.watched if (value := found.get(name)) is not None}
        if known:
            self.metrics.decay(known)
        stands = [name for name in known if name in standing and known[name] >= self.watched[name].threshold]
        for name in stands if repeats else ():
            alarm, since = self.watched[name].name, to_iso(standing[name])
            self.events.put(ALARM_STANDING, {"model": self.model, "alarm": alarm, "since": since})
        return repeats and bool(stands)
