"""The explanation of a candidate on a run's page: importance, SHAP values, learning curve, search."""

from __future__ import annotations

from keepfit.pages.markup import Html, element, joined
from keepfit.pages.page import details, figure, section, table
from keepfit.pages.plots.bars import Bar, ranked
from keepfit.pages.plots.curves import Curve, over_plane
from keepfit.training.explanation.report import (
    Explanation,
    LearningCurve,
    PermutationImportance,
    Shap,
    ShapExample,
    ShapExamples,
)
from keepfit.training.search.record import SearchRecord

_MAX_COLUMNS = 20
_POSITIVE, _NEGATIVE = "c0", "c1"


def explanation_sections(explanation: Explanation, examples: ShapExamples | None) -> Html | None:
    """What the candidate's answers rest on, and whether more rows would help; examples may have expired."""
    grid = [
        _importance(explanation.permutation) if explanation.permutation else None,
        _shap(explanation.shap) if explanation.shap else None,
        _learning(explanation.learning_curve) if explanation.learning_curve else _no_curve(explanation),
    ]
    return joined(
        section(f"Explanation of {explanation.candidate}", element("div", *grid, class_="grid")),
        _examples(examples) if examples else None,
    )


def _importance(importance: PermutationImportance) -> Html:
    bars = [
        Bar(label=each.column, value=each.loss, interval=each.interval)
        for each in importance.columns[:_MAX_COLUMNS]
    ]
    words = (
        f"How much worse {importance.metric} is where a column is shuffled, on {importance.rows:,} rows that "
        "validate; lines are 95 %."
    )
    plot = ranked(bars, of=f"loss of {importance.metric}")
    return figure("Permutation importance", plot, element("p", words, class_="soft"))


def _shap(shap: Shap) -> Html:
    bars = [Bar(label=each.column, value=each.mean) for each in shap.columns[:_MAX_COLUMNS]]
    drawn = "" if shap.standard_error is None else f" Standard error of a value: {shap.standard_error:.2g}."
    words = (
        f"By {shap.method}, of {shap.rows} rows. They add up to the model's answer but for "
        f"{shap.residual:.1g}.{drawn}"
    )
    plot = ranked(bars, of=f"mean |SHAP value|, {shap.unit}")
    return figure("SHAP values", plot, element("p", words, class_="soft"))


def _no_curve(explanation: Explanation) -> Html | None:
    if explanation.no_learning_curve is None:
        return None
    words = f"There is none: {explanation.no_learning_curve}."
    return figure("Learning curve", element("p", words, class_="soft"))


def _learning(curve: LearningCurve) -> Html:
    points = [(float(point.rows), point.value) for point in curve.points]
    drawn = Curve(
        name=curve.metric,
        kind="c0",
        points=points,
        band=[point.interval for point in curve.points],
        dots=True,
    )
    words = f"Would more rows help? {curve.answer[0].upper()}{curve.answer[1:]}."
    if curve.gain_of_doubling is not None and curve.interval is not None:
        low, high = curve.interval
        words += f" Gain of the last doubling: {curve.gain_of_doubling:+.4f} ({low:+.4f} to {high:+.4f})."
    plot = over_plane(
        [drawn], across="training rows", up=f"{curve.metric}, on {curve.validation_rows:,} rows"
    )
    return figure("Learning curve", plot, element("p", words, class_="soft"))


def _examples(examples: ShapExamples) -> Html | None:
    grid = [_example(each, examples.unit) for each in examples.rows]
    return section("Example rows", element("div", *grid, class_="grid"))


def _example(example: ShapExample, unit: str) -> Html:
    largest = sorted(example.contributions.items(), key=lambda item: -abs(item[1]))[:_MAX_COLUMNS]
    bars = [
        Bar(
            label=f"{column} = {_value(example.values.get(column))}",
            value=value,
            kind=_POSITIVE if value >= 0 else _NEGATIVE,
        )
        for column, value in largest
    ]
    rest = sum(example.contributions.values()) - sum(value for _, value in largest)
    others = f", others {rest:+.4f}" if len(largest) < len(example.contributions) else ""
    words = f"{example.base:+.4f} of any row, and these{others} make {example.score:+.4f}."
    return figure(
        f"Answer: {example.output}",
        ranked(bars, of=f"SHAP value, {unit}"),
        element("p", words, class_="soft"),
    )


def _value(value: object) -> str:
    return "missing" if value is None else f"{value:.6g}" if isinstance(value, float) else str(value)


def search_section(record: SearchRecord) -> Html | None:
    """The trials of a candidate's search that were measured on all rows, and the best so far."""
    measured = [(trial.number, value) for trial in record.trials if (value := trial.value()) is not None]
    if not measured:
        return None
    best: list[tuple[float, float]] = []
    for number, value in measured:
        former = best[-1][1] if best else value
        best.append((float(number), max(former, value) if record.greater_is_better else min(former, value)))
    plot = over_plane(
        [
            Curve(name="best so far", kind="c0", points=best),
            Curve(name="trials", kind="base", points=[(float(n), v) for n, v in measured], dots=True),
        ],
        across="trial",
        up=f"{record.metric}, on rows that validate",
    )
    rows = [
        [
            str(trial.number),
            trial.outcome,
            "-" if (value := trial.value()) is None else f"{value:.4f}",
            ", ".join(f"{name} {given}" for name, given in trial.parameters.items()) or "as defined",
        ]
        for trial in record.trials
    ]
    words = (
        f"{len(record.trials)} of {record.planned} trials by {record.engine} in {record.seconds:.0f} s; the best is "
        f"trial {record.best}."
    )
    return section(
        f"Search for {record.candidate}",
        element("p", words),
        plot,
        details(
            "Trials", table(["trial", "outcome", record.metric, "parameters"], rows, numeric=[record.metric])
        ),
    )
