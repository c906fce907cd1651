"""Assembles segments: the models that are kept, and what they are worth on rows that chose nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from keepfit.evaluation.metrics.base import Labels
from keepfit.evaluation.row_losses import row_losses
from keepfit.evaluation.tasks.base import TrainingTask
from keepfit.registry.segment_pack import MAX_PACK_BYTES
from keepfit.tasks.base import Outputs
from keepfit.training.gates_definition import GatesDefinition
from keepfit.training.segments.choosing import Choice, SegmentLosses, choose, choose_unseen
from keepfit.training.segments.plan import SegmentPlan
from keepfit.training.segments.record import SegmentRecord, SegmentsRecord
from keepfit.training.segments.segment_result import SegmentTrial
from keepfit.training.trials.report import Parity

NO_SURE_GAIN: Final = "no sure gain over the fallback"
NO_ROOM: Final = "no room in the package beside segments that gain more"
# What the zip file says of each entry, and the index.
_BESIDE_A_MODEL: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Fallback:
    """The candidate that answers rows of no segment, with its answers to all rows that validate."""

    name: str
    task: TrainingTask
    labels: Labels
    outputs: Outputs


@dataclass(frozen=True, slots=True, kw_only=True)
class Assembled:
    """The models that are kept, and what is known of them.

    Args:
        record: of every planned segment.
        kept: the trials whose models are.
        labels: (rows,) of the rows that validate.
        outputs: for them, each answered by a choice that had not seen it.
    """

    record: SegmentsRecord
    kept: Sequence[SegmentTrial]
    labels: Labels
    outputs: Outputs

    @property
    def models(self) -> dict[str, bytes]:
        """The ONNX files, by segment."""
        return {trial.value: trial.model for trial in self.kept}

    @property
    def scores(self) -> dict[str, Outputs]:
        """By segment, the outputs for its rows of the holdout."""
        return {trial.value: trial.scores for trial in self.kept if trial.scores is not None}

    @property
    def fit_seconds(self) -> float:
        """The time of all fits that are kept."""
        return sum(trial.fit_seconds for trial in self.kept)

    def parity(self, fallback: Parity) -> Parity:
        """The parity of all models together."""
        each = [fallback, *(trial.parity for trial in self.kept if trial.parity is not None)]
        return msgspec.structs.replace(
            fallback,
            rows=sum(one.rows for one in each),
            max_difference=max(one.max_difference for one in each),
            flipped_labels=sum(one.flipped_labels for one in each),
        )


def assemble(
    plan: SegmentPlan,
    trials: Sequence[SegmentTrial],
    fallback: Fallback,
    *,
    gates: GatesDefinition,
    seed: int,
) -> Assembled:
    """Chooses what answers each segment; see ``choosing``.

    Args:
        plan: the segments.
        trials: of them, in their order.
        fallback: answers all others.
        gates: whose metric says what is lost.
        seed: of the parting of rows.
    """
    usable = [trial for trial in trials if trial.fault is None and trial.chosen is not None]
    losses = [_losses(trial, fallback, gates) for trial in usable]
    choices = dict(zip((trial.value for trial in usable), choose(losses), strict=True))
    kept = _with_room([trial for trial in usable if choices[trial.value].candidate], choices)
    outputs, names = fallback.outputs.copy(), {trial.value for trial in kept}
    crowded_out = {
        trial.value for trial in usable if choices[trial.value].candidate and trial.value not in names
    }
    for trial, answered in zip(usable, choose_unseen(losses, seed=seed), strict=True):
        if trial.value not in crowded_out:
            _answer(outputs, trial, answered)
    metric = fallback.task.metric(gates.metric)
    record = SegmentsRecord(
        by=plan.by,
        fallback=fallback.name,
        loss=metric.name if metric.row_losses else "log_loss",
        small=plan.small,
        small_rows=plan.small_rows,
        segments=[_record(trial, choices.get(trial.value), names) for trial in trials],
    )
    return Assembled(record=record, kept=kept, labels=fallback.labels, outputs=outputs)


def _losses(trial: SegmentTrial, fallback: Fallback, gates: GatesDefinition) -> SegmentLosses:
    task, asked = fallback.task, trial.asked
    metric, labels = task.metric(gates.metric), fallback.labels[asked]
    return SegmentLosses(
        asked=asked,
        fallback=row_losses(task, metric, labels, fallback.outputs[asked]),
        own={name: row_losses(task, metric, labels, outputs) for name, outputs in trial.answers.items()},
    )


def _with_room(trials: Sequence[SegmentTrial], choices: dict[str, Choice]) -> list[SegmentTrial]:
    """The trials whose models fit into the package, those first that gain most on their rows."""
    left, kept = MAX_PACK_BYTES, set[str]()
    for trial in sorted(trials, key=lambda trial: -choices[trial.value].shrunken * trial.rows):
        size = len(trial.model) + _BESIDE_A_MODEL
        if size <= left:
            left -= size
            kept.add(trial.value)
    return [trial for trial in trials if trial.value in kept]


def _answer(outputs: Outputs, trial: SegmentTrial, answered: Sequence[str | None]) -> None:
    """Puts the answers of a segment's own models in the place of the fallback's."""
    for row, (place, name) in enumerate(zip(trial.asked.tolist(), answered, strict=True)):
        if name is not None:
            outputs[place] = trial.answers[name][row]


def _record(trial: SegmentTrial, choice: Choice | None, kept: set[str]) -> SegmentRecord:
    record = SegmentRecord(
        value=trial.value,
        rows=trial.rows,
        validation_rows=len(trial.asked),
        reason=trial.fault or NO_SURE_GAIN,
    )
    if choice is None:
        return record
    measured = msgspec.structs.replace(
        record,
        gain=round(choice.gain, 6),
        error=round(choice.error, 6),
        shrunken=round(choice.shrunken, 6),
        certainty=round(choice.certainty, 4),
    )
    if trial.value in kept:
        return msgspec.structs.replace(
            measured, candidate=trial.chosen, model_bytes=len(trial.model), reason=None
        )
    return msgspec.structs.replace(measured, reason=NO_ROOM) if choice.candidate else measured
