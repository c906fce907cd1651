"""Judges a run: scores its holdout by every candidate and the champion, as they serve."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import msgspec
import numpy as np

from keepfit.application.arrays import from_npy
from keepfit.application.candidate_trial import candidate_trial
from keepfit.application.champion_scores import TrainedOn, champion_scores
from keepfit.application.holdout import HoldoutRow, ask, read_holdout
from keepfit.application.served_candidate import LoadedCandidate, Logged
from keepfit.definitions.compiled_model import CompiledModel, decode_model
from keepfit.errors import NotFound, Terminal
from keepfit.evaluation.tasks.registry import training_task_of
from keepfit.features.schema.signature import to_json
from keepfit.layout import ModelScope
from keepfit.registry.champion import Champion
from keepfit.registry.onnx_inspection import admit
from keepfit.registry.pack_inspection import admit_pack
from keepfit.registry.ports import Versions
from keepfit.registry.segment_pack import SEGMENTS
from keepfit.registry.versions import ModelVersion, read_model
from keepfit.serving.inference.scorer import Scorer
from keepfit.tasks.base import Outputs
from keepfit.tasks.spec import TaskSpec
from keepfit.training.judging.comparison import ChampionScores
from keepfit.training.judging.evidence import Answers
from keepfit.training.judging.judge import judge
from keepfit.training.judging.judgement import Judgement
from keepfit.training.runs.run_files import (
    DEFINITION,
    EVALUATION,
    HOLDOUT,
    JUDGEMENT,
    MODEL,
    SCORES,
    SIGNATURE,
    TRAINED_IDS,
    CandidateFiles,
    RunFiles,
)
from keepfit.training.segments_definition import SEGMENTED


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """The version that serves, and its scorer."""

    version: ModelVersion
    scorer: Scorer


@dataclass(frozen=True, slots=True, kw_only=True)
class RunJudge:
    """Judges the candidates of one run; ``logged`` reads what clients asked last."""

    files: RunFiles
    versions: Versions
    champion: Callable[[], Champion | None]
    logged: Logged = lambda _limit: {}

    def judge(self) -> Judgement:
        """Writes judgement.json; idempotent until another version is released.

        Raises:
            NoCandidate: not one candidate could be trained.
        """
        compiled = decode_model(self.files.get(DEFINITION))
        holdout = read_holdout(self.files.rows.get(HOLDOUT))
        signature = self.files.signature()
        definition = compiled.definition
        task = training_task_of(signature.task)
        metric = task.metric(definition.gates.metric).name
        answered: dict[str, Answers] = {}
        champion = self._champion()
        judgement = judge(
            task.encode_labels([row.label for row in holdout]),
            [candidate_trial(self.files.candidate(name), name, metric) for name in self._tried(compiled)],
            lambda name: answered.setdefault(
                name, self._answers(name, to_json(signature), holdout, compiled, champion)
            ),
            self._champion_scores(champion, holdout, compiled, task.spec),
            definition.gates,
            task=task,
            seed=definition.training.seed,
        )
        self._evaluate(judgement, answered)
        self.files.put(JUDGEMENT, msgspec.json.format(msgspec.json.encode(judgement, order="deterministic")))
        return judgement

    def _evaluate(self, judgement: Judgement, answered: dict[str, Answers]) -> None:
        """Writes evaluation.json of the candidate that was chosen, if any was."""
        chosen = judgement.chosen
        candidate = answered[chosen.candidate].candidate if chosen else None
        if candidate is not None:
            self.files.put(EVALUATION, msgspec.json.format(msgspec.json.encode(candidate.evaluation())))

    def _tried(self, compiled: CompiledModel) -> list[str]:
        """The names of candidates; runs of before do not say them, and tried all."""
        try:
            facts = self.files.training_set()
        except NotFound:
            return list(compiled.candidates)
        return [*(facts.candidates or compiled.candidates), *([SEGMENTED] if facts.segments else [])]

    def _answers(
        self,
        name: str,
        signature: bytes,
        holdout: list[HoldoutRow],
        compiled: CompiledModel,
        champion: Serving | None,
    ) -> Answers:
        own = self.files.candidate(name)
        model, segments = own.get(MODEL), own.get(SEGMENTS) if name == SEGMENTED else None
        try:
            admit(model)
            if segments is not None:
                admit_pack(segments)
            scorer = Scorer.load(model, own.find(SIGNATURE) or signature, segments)
            served = ask(scorer, [row.instance for row in holdout])
        except Terminal as error:
            return Answers(fault=f"{type(error).__name__}: {error}")
        candidate = LoadedCandidate(
            name=name,
            scorer=scorer,
            model_bytes=len(model) + len(segments or b""),
            compiled=compiled,
            holdout=holdout,
            served=served,
            champion=champion.scorer if champion else None,
            logged=self.logged,
        )
        return Answers(
            served=served,
            native=_native(own),
            task=training_task_of(scorer.signature.task),
            candidate=candidate,
        )

    def _champion(self) -> Serving | None:
        champion = self.champion()
        if champion is None:
            return None
        version = self.versions.get(champion.version)
        files = read_model(self.files.store, version)
        scorer = Scorer.load(files[MODEL], files[SIGNATURE], files.get(SEGMENTS))
        return Serving(version=version, scorer=scorer)

    def _champion_scores(
        self, champion: Serving | None, holdout: list[HoldoutRow], compiled: CompiledModel, spec: TaskSpec
    ) -> ChampionScores | None:
        if champion is None:
            return None
        version = champion.version
        trained_on = _trained_on(RunFiles(self.files.store, ModelScope(compiled.name).run(version.run_id)))
        return champion_scores(
            champion.scorer,
            version.version,
            holdout,
            label=compiled.definition.label,
            spec=spec,
            trained_on=trained_on,
        )


def _native(own: CandidateFiles) -> Outputs | None:
    """A plain array of numbers from a file; None for any other, such as pickled objects."""
    try:
        return np.asarray(from_npy(own.get(SCORES)), dtype=np.float64)
    except ValueError:
        return None


def _trained_on(files: RunFiles) -> TrainedOn | None:
    try:
        facts = files.training_set()
    except NotFound:
        return None
    ids = files.rows.find(TRAINED_IDS)
    return TrainedOn(until=facts.split_at, began=_began(files), ids=None if ids is None else from_npy(ids))


def _began(files: RunFiles) -> datetime | None:
    try:
        return files.run().started_at
    except NotFound:
        return None
