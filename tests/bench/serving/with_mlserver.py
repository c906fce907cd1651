"""The model as a runtime of MLServer, whose inputs it reads by MLServer's own codecs, without a data frame."""

from __future__ import annotations

import os
import uuid
from datetime import datetime
from pathlib import Path

import numpy as np
from mlserver import MLModel
from mlserver.codecs import NumpyCodec, StringCodec
from mlserver.types import InferenceRequest, InferenceResponse

from tests.bench.serving.scoring import Model


class Flights(MLModel):
    async def load(self) -> bool:
        self._scored = Model(Path(os.environ["BENCH_FOLDER"]))
        return True

    async def predict(self, payload: InferenceRequest) -> InferenceResponse:
        columns = {
            each.name: StringCodec.decode_input(each)
            if each.datatype == "BYTES"
            else NumpyCodec.decode_input(each).ravel().tolist()
            for each in payload.inputs
        }
        columns["departure"] = [datetime.fromisoformat(at) for at in columns["departure"]]
        rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
        probabilities = np.array(self._scored.score(rows))
        ids = [uuid.uuid4().hex for _ in rows]
        return InferenceResponse(
            model_name=self.name,
            model_version="3",
            id=payload.id,
            outputs=[
                NumpyCodec.encode_output("prediction", probabilities >= 0.5),
                NumpyCodec.encode_output("probability", probabilities),
                StringCodec.encode_output("prediction_id", ids),
            ],
        )
