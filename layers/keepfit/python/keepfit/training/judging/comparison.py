"""Challengers beside the champion: on the rows that both can answer and neither could have trained on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from keepfit.evaluation.curves import curves_of
from keepfit.evaluation.measured import Curves
from keepfit.evaluation.roc_auc import Labels, Scores, bootstrap, interval, roc_auc
from keepfit.training.definition import GatesDefinition
from keepfit.training.judging.judgement import ChampionEvaluation, Interval
from keepfit.training.training_set import too_few_to_judge

CHAMPION = "champion"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChampionScores:
    """The champion as it comes to judgement.

    Args:
        version: its number.
        served: (rows,) P(true) on the holdout, of which only ``compared`` rows mean something; None for no answers.
        compared: (rows,) which rows it is compared on; None for all.
        left_out: why the others are not, and how many for each reason.
        note: why it has no scores, where it has none.
    """

    version: int
    served: Scores | None = None
    compared: npt.NDArray[np.bool_] | None = None
    left_out: Mapping[str, int] = field(default_factory=dict)
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Everyone on the rows that the champion is compared on; ``short`` says why that is nobody."""

    metrics: Mapping[str, float] = field(default_factory=dict)
    areas: Mapping[str, Scores] = field(default_factory=dict)
    curves: Curves | None = None
    rows: int = 0
    short: str | None = None

    def gain(self, name: str) -> tuple[float, Interval] | tuple[None, None]:
        """How much better ``name`` is than the champion, with its interval; None where nothing is compared."""
        if CHAMPION not in self.metrics:
            return None, None
        difference = self.areas[name] - self.areas[CHAMPION]
        return self.metrics[name] - self.metrics[CHAMPION], interval(difference)


def compare(
    labels: Labels,
    scored: Mapping[str, Scores],
    incumbent: ChampionScores | None,
    gates: GatesDefinition,
    *,
    seed: int,
) -> Comparison:
    """Measures everyone in ``scored`` and the champion on the same rows, where those are enough to tell."""
    if incumbent is None:
        return Comparison()
    if incumbent.served is None:
        return Comparison(short=incumbent.note or "it gave no scores")
    rows = np.ones(len(labels), dtype=np.bool_) if incumbent.compared is None else incumbent.compared
    few = too_few_to_judge(int(rows.sum()), int(labels[rows].sum()), gates)
    if few is not None:
        return Comparison(rows=int(rows.sum()), short=f"what both can answer is {few}{_left_out(incumbent)}")
    everyone = {name: scores[rows] for name, scores in {**scored, CHAMPION: incumbent.served}.items()}
    return Comparison(
        metrics={name: roc_auc(labels[rows], scores) for name, scores in everyone.items()},
        areas=bootstrap(labels[rows], everyone, seed=seed),
        curves=curves_of(labels[rows], everyone[CHAMPION]),
        rows=int(rows.sum()),
    )


def _left_out(incumbent: ChampionScores) -> str:
    told = "; ".join(f"{rows:,} rows: {reason}" for reason, rows in incumbent.left_out.items())
    return f" ({told})" if told else ""


def on_rows(compared: Comparison, incumbent: ChampionScores | None) -> str:
    """On how many rows, where that is not the whole holdout."""
    if incumbent is None or not incumbent.left_out:
        return ""
    return f" on the {compared.rows:,} rows that can be compared{_left_out(incumbent)}"


def standing(incumbent: ChampionScores | None, compared: Comparison) -> ChampionEvaluation | None:
    """What the judgement says of the champion; None before the first release."""
    if incumbent is None:
        return None
    known: dict[str, Any] = {}
    if compared.short is None:
        known = {
            "metric": compared.metrics[CHAMPION],
            "interval": interval(compared.areas[CHAMPION]),
            "curves": compared.curves,
        }
    return ChampionEvaluation(
        version=incumbent.version,
        rows=compared.rows,
        left_out=dict(incumbent.left_out),
        note=compared.short,
        **known,
    )
