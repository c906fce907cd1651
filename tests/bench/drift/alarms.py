"""False alarms where nothing drifts, and how soon an injected drift is found, by several ways to decide.

Half of a year is the reference; in the other half every day the last fourteen days are looked at. A stretch of alarms
that are less than a window apart is one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from statistics import median

import numpy as np
import pandas as pd
from scipy import stats

from keepfit.instants import Duration
from keepfit.monitoring.definition import MonitoringDefinition
from keepfit.monitoring.drift.compare import compare
from keepfit.monitoring.drift.resampling import with_null_distributions
from keepfit.monitoring.drift_rule import decision_of
from keepfit.monitoring.profiles.profile import ReferenceProfile, profile_of
from tests.bench.drift.streams import DAYS, Columns, Stream, in_another_order, streams
from tests.bench.figures import Comparison

REFERENCE, WINDOW = 180, 14
_MONTH = 365.25 / 12
_BUDGET = MonitoringDefinition(
    false_alarms_per_month=1.0, window=Duration.parse("14d"), schedule=Duration.parse("1d")
)
_INDEX = MonitoringDefinition(statistics=["psi"])
Way = Callable[[Columns], bool]
Drift = Callable[[Columns, float, np.random.Generator], Columns]


def _of_numbers(change: Callable[..., np.ndarray]) -> Drift:
    """A drift of the first column of numbers; it has reached ``share`` of its size."""

    def drifted(columns: Columns, share: float, random: np.random.Generator) -> Columns:
        name = next(name for name, values in columns.items() if values.dtype == float)
        values = columns[name]
        return {**columns, name: change(values, np.nanstd(values), share, random)}

    return drifted


def _new_category(columns: Columns, share: float, random: np.random.Generator) -> Columns:
    name = next(name for name, values in columns.items() if values.dtype == object)
    values = columns[name].copy()
    values[random.random(len(values)) < 0.1 * share] = "new"
    return {**columns, name: values}


DRIFTS: Mapping[str, Drift] = {
    "shift by a deviation": _of_numbers(lambda values, spread, share, _: values + share * spread),
    "scale by two": _of_numbers(
        lambda values, _spread, share, _: np.nanmean(values) + (values - np.nanmean(values)) * (1 + share)
    ),
    "a tenth missing": _of_numbers(
        lambda values, _spread, share, random: np.where(
            random.random(len(values)) < 0.1 * share, np.nan, values
        )
    ),
    "a tenth of a new value": _new_category,
}
# The days since its begin, to how much of itself a drift is there.
COURSES: Mapping[str, Callable[[int], float]] = {
    "sudden": lambda _: 1.0,
    "gradual": lambda days: min(1.0, (days + 1) / 28),
    "recurring": lambda days: float(days // 7 % 2 == 0),
}


@dataclass(slots=True)
class _Found:
    alarms: int = 0
    months: float = 0.0
    looks: int = 0
    high: int = 0
    injected: int = 0
    found: int = 0
    delays: list[int] = field(default_factory=list)


def compared(*, share: float) -> list[Comparison]:
    """One table; of less than all, one stream in one order of weeks, looked at every fourth week."""
    whole = share >= 1
    seeds, step = (3, 1) if whole else (1, 28)
    looked_at = streams() if whole else dict([*streams().items()][-1:])
    found = {name: _Found() for name in ("budget", "index", "tests")}
    by_stream: dict[str, dict[str, float]] = {}
    for place, (name, stream) in enumerate(looked_at.items()):
        before = {way: (each.alarms, each.months) for way, each in found.items()}
        for seed in range(seeds):
            order = in_another_order(100 * place + seed)
            ways = _ways(stream, order[:REFERENCE])
            _look_at_nothing(stream, order, ways, found, step)
            _look_at_drifts(stream, order, ways, found, max(step, 2), seed)
        by_stream[name] = {
            way: (each.alarms - before[way][0]) / (each.months - before[way][1])
            for way, each in found.items()
        }
    rows = [
        {
            "way": says,
            **{f"false a month, {name}": rates[way] for name, rates in by_stream.items()},
            "looks in alarm": found[way].high / found[way].looks,
            "found": f"{found[way].found} of {found[way].injected}",
            "median days": float(median(found[way].delays)) if found[way].delays else None,
        }
        for way, says in _SAYS.items()
    ]
    kinds = f"{', '.join(DRIFTS)}; each {', '.join(COURSES)}"
    notes = [
        "weeks in another order: nothing drifts; half a year is the reference, 14 days are looked at every day",
        "false: stretches of alarms a month where nothing is injected; looks in alarm: the share of those looks",
        f"injected for 28 days: {kinds}",
        "found is what sets off an alarm that was silent before; one that sounds all the time finds nothing",
    ]
    return [Comparison(title="False alarms and found drifts of real streams", rows=rows, notes=notes)]


_SAYS = {
    "budget": "keepfit, false_alarms_per_month = 1",
    "index": "keepfit, drift_threshold = 0.25",
    "tests": "a test a column, p < 0.05",
}


def _ways(stream: Stream, days: np.ndarray) -> dict[str, Way]:
    before = stream.days(days)
    plain = profile_of(before, stream.types)
    resampled = with_null_distributions(plain, before, stream.seconds(days), WINDOW * 24 * 3600)
    return {
        "budget": lambda window: _drifted(resampled, window, _BUDGET),
        "index": lambda window: _drifted(plain, window, _INDEX),
        "tests": lambda window: _by_tests(before, window),
    }


def _drifted(profile: ReferenceProfile, window: Columns, watched: MonitoringDefinition) -> bool:
    decision = decision_of(watched, profile)
    return bool(compare(profile, profile.counts_of(window), decision, statistics=watched.statistics).drifted)


def _by_tests(before: Columns, window: Columns) -> bool:
    """Kolmogorov and Smirnov's test of numbers, Pearson's chi-square of categories, without any correction."""
    for name, values in window.items():
        reference = before[name]
        if values.dtype == float:
            known = [each[~np.isnan(each)] for each in (reference, values)]
            p_value = stats.ks_2samp(*known, method="asymp").pvalue
        else:
            table = pd.concat([pd.Series(each).value_counts() for each in (reference, values)], axis=1)
            p_value = stats.chi2_contingency(table.fillna(0).to_numpy()).pvalue
        if p_value < 0.05:
            return True
    return False


def _look_at_nothing(
    stream: Stream, order: np.ndarray, ways: Mapping[str, Way], found: Mapping[str, _Found], step: int
) -> None:
    silent = dict.fromkeys(ways, WINDOW)
    for end in range(REFERENCE + WINDOW, DAYS + 1, step):
        window = stream.days(order[end - WINDOW : end])
        for name, alarmed in ways.items():
            found[name].looks += 1
            if alarmed(window):
                found[name].high += 1
                found[name].alarms += silent[name] >= WINDOW
                silent[name] = 0
            silent[name] += step
    for each in found.values():
        each.months += (DAYS - REFERENCE - WINDOW) / _MONTH


def _look_at_drifts(
    stream: Stream,
    order: np.ndarray,
    ways: Mapping[str, Way],
    found: Mapping[str, _Found],
    step: int,
    seed: int,
) -> None:
    """Injects each drift in the second half; it is found if an alarm that was silent sounds within 28 days."""
    random, begin = np.random.default_rng(seed), REFERENCE + 70
    for drift in DRIFTS.values():
        for course in COURSES.values():
            before = stream.days(order[begin - WINDOW : begin])
            waiting = {name: alarmed for name, alarmed in ways.items() if not alarmed(before)}
            days = {day: stream.days(order[day : day + 1]) for day in range(begin - WINDOW, begin + 28)}
            for day in range(begin, begin + 28):
                days[day] = drift(days[day], course(day - begin), random)
            for each in found.values():
                each.injected += 1
            for end in range(begin + step, begin + 29, step):
                parts = [days[day] for day in range(end - WINDOW, end)]
                window = {name: np.concatenate([part[name] for part in parts]) for name in stream.columns}
                for name in [name for name, alarmed in waiting.items() if alarmed(window)]:
                    del waiting[name]
                    found[name].found += 1
                    found[name].delays.append(end - begin)
