"""The evaluation of a run on its page: slices, fairness, time, calibration, cost."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from cli.rendering.segment_sections import segment_figures_section
from cli.rendering.tables import span
from keepfit.evaluation.report import Evaluation, Fairness, Period, Slice
from keepfit.pages.markup import Html, element, joined
from keepfit.pages.page import details, figure, section, table
from keepfit.pages.plots.curves import Curve, Marked, over_plane
from keepfit.pages.plots.intervals import Mark, intervals

_DAY_S = 86_400.0
_FIGURES = ("rows", "gap", "p-value")


def evaluation_sections(evaluation: Evaluation, whole: float | None) -> Html:
    """All parts; ``whole`` is the metric on the whole holdout."""
    grid = [_over_time(evaluation), _cost(evaluation)]
    return joined(
        section(
            "Slices",
            element("p", _searched(evaluation)),
            _slices([*evaluation.declared, *evaluation.worst.slices], evaluation.metric, whole),
        ),
        segment_figures_section(evaluation.segments) if evaluation.segments else None,
        *(_fairness(each) for each in evaluation.fairness),
        section("Calibration error", element("p", words) if (words := _calibration(evaluation)) else None),
        section("Over time and by cost", element("div", *grid, class_="grid")) if any(grid) else None,
    )


def _searched(evaluation: Evaluation) -> str:
    worst = evaluation.worst
    searched = f"A search examined {worst.examined:,} slices of at least {worst.minimum_rows} rows"
    if not worst.slices:
        return f"{searched}: on none of them {evaluation.metric} is surely worse than on all other rows."
    listed = len(worst.slices)
    return (
        f"{searched}: {listed} of them {'is' if listed == 1 else 'are'} surely worse than all other rows. The p-value "
        "is corrected for all that were examined."
    )


def _slices(slices: Sequence[Slice], metric: str, whole: float | None) -> Html | None:
    if not slices:
        return None
    marks = [
        Mark(
            name=each.name,
            kind="c0" if each.declared else "bad",
            value=each.metric,
            interval=each.interval,
        )
        for each in slices
        if each.metric is not None and each.interval is not None
    ]
    columns = ["slice", "rows", metric, "95 %", "gap", "p-value"]
    rows = [
        [
            each.name,
            f"{each.rows:,}",
            each.note or _number(each.metric),
            span(each.interval) or "-",
            _number(each.gap, "+.4f"),
            _number(each.p_value, ".2g"),
        ]
        for each in slices
    ]
    return joined(
        intervals(marks, of=f"{metric}, on slices of the holdout", limit=whole) if marks else None,
        table(columns, rows, numeric=_FIGURES),
    )


def _fairness(fairness: Fairness) -> Html | None:
    rates = [gap.rate for gap in fairness.gaps] or list(fairness.groups[0].rates if fairness.groups else {})
    groups = [
        [each.group, f"{each.rows:,}", *(_number(each.rates.get(rate)) for rate in rates)]
        for each in fairness.groups
    ]
    gaps = [
        [gap.rate, f"{gap.gap:.4f}", span(gap.interval) or "-", gap.lowest, gap.highest]
        for gap in fairness.gaps
    ]
    marks = [Mark(name=gap.rate, kind="c0", value=gap.gap, interval=gap.interval) for gap in fairness.gaps]
    return section(
        f"Fairness by {fairness.column}",
        intervals(marks, of="gap between groups", limit=0.0) if marks else None,
        table(["rate", "gap", "95 %", "lowest", "highest"], gaps, numeric=["gap"]) if gaps else None,
        details("Groups", table([fairness.column, "rows", *rates], groups, numeric=["rows", *rates])),
    )


def _calibration(evaluation: Evaluation) -> str | None:
    error = evaluation.calibration
    if error is None:
        return None
    explained = "chance explains it" if error.value <= error.by_chance else "more than chance explains"
    return (
        f"Probabilities are {error.value:.4f} ({error.interval[0]:.4f} to {error.interval[1]:.4f}) from the share that "
        f"comes true, on average; of true probabilities 95 % of such holdouts would show less than "
        f"{error.by_chance:.4f}: {explained}."
    )


def _over_time(evaluation: Evaluation) -> Html | None:
    measured = [
        (each, each.metric, each.interval)
        for each in evaluation.periods
        if each.metric is not None and each.interval is not None
    ]
    if len(measured) < 2:
        return None
    began = measured[0][0].first_event
    points = [(_days(each, began), metric) for each, metric, _ in measured]
    curve = Curve(
        name=evaluation.candidate,
        kind="c0",
        points=points,
        band=[interval for _, _, interval in measured],
        dots=True,
    )
    plot = over_plane([curve], across=f"days since {began:%Y-%m-%d}", up=evaluation.metric)
    rows = [
        [f"{each.first_event:%Y-%m-%d %H:%M}", f"{each.rows:,}", f"{metric:.4f}", span(interval) or "-"]
        for each, metric, interval in measured
    ]
    behind = table(
        ["from, UTC", "rows", evaluation.metric, "95 %"], rows, numeric=["rows", evaluation.metric]
    )
    return figure("Over the time of the holdout", plot, details("Figures", behind))


def _days(period: Period, began: datetime) -> float:
    middle = period.first_event + (period.last_event - period.first_event) / 2
    return (middle - began).total_seconds() / _DAY_S


def _cost(evaluation: Evaluation) -> Html | None:
    cost = evaluation.cost
    if cost is None:
        return None
    curve = Curve(name="cost", kind="c0", points=cost.points)
    plot = over_plane(
        [curve],
        across="threshold, a probability",
        up="cost per row",
        marked=Marked(name="the model's threshold", at=cost.threshold),
    )
    lowest = min(cost.points, key=lambda point: point[1])
    words = (
        f"A false positive costs {cost.false_positive:g}, a false negative {cost.false_negative:g}. At the threshold "
        f"{cost.threshold:.3f} a row costs {cost.cost:.4f}; the lowest on this holdout is {lowest[1]:.4f}, at "
        f"{lowest[0]:.2f}."
    )
    return figure("Cost by threshold", plot, element("p", words, class_="soft"))


def _number(value: float | None, written: str = ".4f") -> str:
    return "-" if value is None else format(value, written)
