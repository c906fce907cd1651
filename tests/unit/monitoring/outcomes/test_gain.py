"""The gain of a retrained version is measured once, on the same requests as the version before it answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt
import pytest
from sklearn.metrics import roc_auc_score

from keepfit.adapters.memory.outcomes import MemoryOutcomePairs
from keepfit.instants import Duration
from keepfit.monitoring.outcomes.definition import OutcomesDefinition
from keepfit.monitoring.outcomes.gain import FormerAnswers, GainMeasurement, NotMeasured, Retrained
from keepfit.monitoring.outcomes.measure import AnsweringVersion
from keepfit.monitoring.outcomes.pairs import Answered
from keepfit.monitoring.prediction_log.parse import Prediction
from keepfit.registry.gain import LaterGain
from keepfit.tasks.spec import TaskSpec

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAY = timedelta(days=1)
BINARY = TaskSpec(kind="binary")
ROWS = 400


@dataclass(slots=True, kw_only=True)
class World:
    """Version 2 has answered; what version 1 answers is a function of the input ``x``."""

    seed: int = 0
    noise: float = 0.1
    noise_before: float = 0.1
    refused: int = 0
    gain_rows: int = 300
    replaced: Retrained | None = field(
        default_factory=lambda: Retrained(version=2, before=1, run_id="run-2", cause="drift")
    )
    asked: list[int] = field(default_factory=list)
    note: str | None = None

    @property
    def _random(self) -> np.random.Generator:
        return np.random.default_rng(self.seed)

    @property
    def truth(self) -> npt.NDArray[np.bool_]:
        return np.asarray(self._random.uniform(size=ROWS) < 0.5)

    def _scores(self, noise: float, draw: int) -> npt.NDArray[np.float64]:
        random = np.random.default_rng((self.seed, draw))
        return np.clip(self.truth * 0.5 + 0.25 + random.normal(scale=noise, size=ROWS), 0, 1)

    @property
    def scores(self) -> npt.NDArray[np.float64]:
        return self._scores(self.noise, 2)

    @property
    def scores_before(self) -> npt.NDArray[np.float64]:
        return self._scores(self.noise_before, 1)

    def ask(self, version: int, found: Answered, spec: TaskSpec) -> FormerAnswers | str:
        assert spec == BINARY
        self.asked.append(version)
        if self.note is not None:
            return self.note
        rows = [int(str(each["row"])) for each in found.instances]
        answered = np.array([row >= self.refused for row in rows])
        return FormerAnswers(outputs=self.scores_before[rows], answered=answered)

    def measure(self) -> LaterGain | NotMeasured | None:
        pairs = MemoryOutcomePairs()
        for row, (score, true) in enumerate(zip(self.scores.tolist(), self.truth.tolist(), strict=True)):
            at = NOON + row * timedelta(minutes=1)
            made = Prediction(
                prediction_id=f"p{row:04}",
                version=2,
                at=at,
                event_time=at,
                inputs={"row": row},
                outputs={},
                answer=[score],
            )
            pairs.predictions.append(made)
            pairs.rows.append({"prediction_id": f"p{row:04}", "outcome": true, "known_at": at + DAY})
        return GainMeasurement(
            definition=OutcomesDefinition(gain_rows=self.gain_rows),
            window=Duration.parse("30d"),
            metric="roc_auc",
            pairs=pairs,
            retrained=lambda version: self.replaced if version == 2 else None,
            version_of=lambda _version: AnsweringVersion(task=BINARY, judged={}),
            ask=self.ask,
            newest_event=lambda: NOON + DAY,
            clock=lambda: NOON + 9 * DAY,
        ).measure(2)


def test_both_versions_are_measured_on_the_same_requests_as_scikit_learn_would() -> None:
    world = World(noise=0.2, noise_before=0.4)
    found = world.measure()
    assert isinstance(found, LaterGain)
    assert found.value == pytest.approx(roc_auc_score(world.truth, world.scores))
    assert found.value_before == pytest.approx(roc_auc_score(world.truth, world.scores_before))
    assert found.gain == pytest.approx(found.value - found.value_before)
    assert found.interval[0] < found.gain < found.interval[1]
    assert (found.version, found.before, found.cause, found.run_id) == (2, 1, "drift", "run-2")
    assert (found.rows, found.refused, found.metric) == (ROWS, 0, "roc_auc")
    assert (found.is_gain, found.is_loss) == (True, False)
    assert found == world.measure(), "the same pairs have the same interval"


def test_a_version_that_does_worse_than_the_one_before_it_is_a_loss() -> None:
    found = World(noise=0.6, noise_before=0.2).measure()
    assert isinstance(found, LaterGain)
    assert (found.is_gain, found.is_loss) == (False, True)


def test_versions_that_do_the_same_are_seldom_called_a_gain_or_a_loss() -> None:
    found = [World(seed=seed, noise=0.4, noise_before=0.4).measure() for seed in range(40)]
    surely = [isinstance(each, LaterGain) and (each.is_gain or each.is_loss) for each in found]
    assert sum(surely) <= 6, "two of forty are expected, and more than six come once in a hundred times"


def test_what_the_version_before_refuses_counts_for_neither() -> None:
    world = World(refused=150)
    found = world.measure()
    assert isinstance(found, LaterGain)
    assert (found.rows, found.refused) == (ROWS - 150, 150)
    assert found.value == pytest.approx(roc_auc_score(world.truth[150:], world.scores[150:]))


def test_nobody_looks_before_there_are_as_many_outcomes_as_were_fixed() -> None:
    world = World(gain_rows=ROWS + 1)
    assert world.measure() is None
    assert world.asked == []


def test_a_version_that_replaced_none_has_no_gain() -> None:
    assert World(replaced=None).measure() is None


def test_why_the_version_before_cannot_answer_is_said() -> None:
    note = "the log does not hold age, which version 1 reads"
    assert World(note=note).measure() == NotMeasured(version=2, note=note)


def test_too_few_of_a_class_are_no_measure() -> None:
    found = World(refused=ROWS - 3).measure()
    assert isinstance(found, NotMeasured)
    assert "fewer" in found.note or "label" in found.note or "rows" in found.note
