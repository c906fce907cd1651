"""The evaluation and the explanation of a run's candidate in short, for the terminal."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from rich.console import RenderableType

from cli.rendering.segment_tables import figures_table
from cli.rendering.tables import facts, span, table
from keepfit.evaluation.report import Evaluation
from keepfit.training.explanation.report import Explanation
from keepfit.views.runs import RunDetail

_MAX_COLUMNS = 10


def evaluation_tables(detail: RunDetail) -> Iterator[RenderableType]:
    """Slices, fairness gaps, and what the chosen candidate's answers rest on."""
    if detail.evaluation is None:
        return
    evaluation = msgspec.convert(detail.evaluation, Evaluation)
    slices = [*evaluation.declared, *evaluation.worst.slices]
    if slices:
        yield table(
            f"Slices, the searched ones of {evaluation.worst.examined:,}",
            ["slice", "rows", evaluation.metric, "95 %", "p-value", "note"],
            [
                (
                    each.name,
                    each.rows,
                    None if each.metric is None else f"{each.metric:.4f}",
                    span(each.interval),
                    None if each.p_value is None else f"{each.p_value:.2g}",
                    each.note,
                )
                for each in slices
            ],
        )
    if evaluation.segments is not None:
        yield figures_table(evaluation.segments)
    gaps = [(each.column, gap) for each in evaluation.fairness for gap in each.gaps]
    if gaps:
        columns = ["column", "rate", "gap", "95 %", "lowest", "highest"]
        rows = [
            (column, gap.rate, f"{gap.gap:.4f}", span(gap.interval), gap.lowest, gap.highest)
            for column, gap in gaps
        ]
        yield table("Fairness gaps", columns, rows)
    explanation = detail.explanations.get(evaluation.candidate)
    if explanation:
        yield _explained(msgspec.convert(explanation, Explanation))


def _explained(explanation: Explanation) -> RenderableType:
    important = explanation.permutation.columns[:_MAX_COLUMNS] if explanation.permutation else []
    curve, none = explanation.learning_curve, explanation.no_learning_curve
    return facts(
        f"Explanation of {explanation.candidate}",
        [
            ("important columns", ", ".join(f"{each.column} {each.loss:+.4f}" for each in important) or None),
            ("would more rows help", curve.answer if curve else none and f"not known: {none}"),
        ],
    )
