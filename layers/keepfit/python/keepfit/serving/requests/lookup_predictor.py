"""The request path of a model whose features are looked up."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from keepfit.errors import InvalidRequest, ServiceUnavailable
from keepfit.features.online.ports import OnlineReader
from keepfit.serving.inference.instances import InstanceDecoder
from keepfit.serving.inference.scorer import Scorer
from keepfit.serving.requests.feature_lookup import FEATURES_MISSING, FeatureLookup
from keepfit.serving.requests.predictor import (
    Predictor,
    body_of,
    reader_of_event_time,
    refusal,
)
from keepfit.serving.responses.problem import problem

_RETRY_AFTER_S: Final = "1"


class LookupPredictor(Predictor):
    """A ``Predictor`` that adds features to instances that lack them; ``reader`` is of the online store."""

    __slots__ = ("_features",)

    def __init__(self, *, scorer: Scorer, reader: OnlineReader, **others: Any) -> None:
        """``others`` are those of ``Predictor``."""
        signature = scorer.signature
        decoder = InstanceDecoder(signature, scorer.task.max_rows, lookups=True)
        super().__init__(scorer=scorer, decoder=decoder, **others)
        event_time = reader_of_event_time(signature)
        self._features = FeatureLookup(signature, decoder, event_time=event_time, reader=reader)

    def answer(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """See ``Predictor.answer``; 503 where the features cannot be read, and a view needs them."""
        protocol = self._protocol_of(event)
        try:
            request = protocol.decode(body_of(event))
            found = self._features.complete(request.instances, now=datetime.now(UTC))
            scored = self._scorer.score(request)
            headers = {FEATURES_MISSING: ",".join(found.missing)} if found.missing else {}
            return self._answered(event, protocol, request, scored, found.sources, headers)
        except InvalidRequest as error:
            return self._told(event, protocol.refuse(refusal(error)))
        except ServiceUnavailable as error:
            return self._told(event, protocol.refuse(_unavailable(error)))


def _unavailable(error: ServiceUnavailable) -> dict[str, Any]:
    message = f"the features of the instances cannot be read: {error}; try again, or send the features"
    headers = {"retry-after": _RETRY_AFTER_S}
    return problem(503, code="features_unavailable", detail=message, headers=headers)
