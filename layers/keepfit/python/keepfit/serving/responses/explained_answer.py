"""An answer with its explanation: what each column that the model reads adds to the score of each row."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np

from keepfit.explanations.contributions import Contributions
from keepfit.tasks.answers import Answer, AnswerExplanation


class ExplainedAnswer:
    """See ``tasks.answers.Answer``; ``document`` is what becomes JSON."""

    def __init__(self, answer: Answer, explanation: AnswerExplanation) -> None:
        self._answer, self._explanation = answer, explanation
        self.model, self.model_version = answer.model, answer.model_version

    def document(self) -> dict[str, Any]:
        """The answer's own members and ``explanation``."""
        return {**msgspec.structs.asdict(self._answer), "explanation": self._explanation}  # type: ignore[arg-type]

    def columns(self) -> dict[str, list[Any]]:
        """The answer's own columns, ``base``, and what each column of the model adds."""
        explained = self._explanation
        named = {f"contribution {name}": values for name, values in explained.contributions.items()}
        return {**self._answer.columns(), "base": [explained.base] * len(explained.scores), **named}

    def tensors(self) -> dict[str, list[Any]]:
        """The answer's own tensors; ``contributions`` are (rows, columns) or (rows, columns, classes)."""
        explained = self._explanation
        return {
            **self._answer.tensors(),
            "base": explained.base if isinstance(explained.base, list) else [explained.base],
            "score": explained.scores,
            "contributions": [list(row) for row in zip(*explained.contributions.values(), strict=True)],
            "contribution_columns": [*explained.contributions],
        }


def explained_answer(answer: Answer, found: Contributions, columns: list[str]) -> ExplainedAnswer:
    """The answer with what was found of its rows, for the ``columns`` of the values."""
    values, scores, base = found.values, found.scores, found.base
    if len(base) == 1:
        values, scores, base = values[:, :, 0], scores[:, 0], base[0]
    return ExplainedAnswer(
        answer,
        AnswerExplanation(
            method=found.method,
            unit=found.unit,
            standard_error=found.standard_error,
            base=np.asarray(base).tolist(),
            scores=scores.tolist(),
            contributions=dict(zip(columns, np.moveaxis(values, 1, 0).tolist(), strict=True)),
        ),
    )
