"""Explains the answers of a request; imported by the first that asks for it."""

from __future__ import annotations

from keepfit.errors import InvalidRequest
from keepfit.explanations.explainer import Explainer
from keepfit.serving.inference.instances import DecodedRequest
from keepfit.serving.inference.scorer import Scorer
from keepfit.serving.responses.explained_answer import ExplainedAnswer, explained_answer
from keepfit.tasks.answers import MAX_EXPLAINED, Answer


def explain(
    scorer: Scorer, explainer: Explainer | None, request: DecodedRequest, answer: Answer
) -> ExplainedAnswer:
    """The answer with its explanation.

    Raises:
        InvalidRequest: the version has no explainer, or there are too many instances.
    """
    if explainer is None:
        raise InvalidRequest(
            f"version {answer.model_version} was trained before answers were explained: train the model again",
            code="no_explainer",
        )
    rows = len(request.instances)
    if rows > MAX_EXPLAINED:
        raise InvalidRequest(
            f"{rows} instances are more than are explained at once: send up to {MAX_EXPLAINED}, or ask without explain",
            code="too_many_instances",
        )
    return explained_answer(answer, scorer.explain(request, explainer), [*explainer.columns])
