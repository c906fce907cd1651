"""The model as a service of BentoML, typed by the same pydantic models as behind FastAPI."""

from __future__ import annotations

import os
import uuid
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import bentoml
from pydantic import BaseModel, ConfigDict, Field

from tests.bench.serving.scoring import Model


class Flight(BaseModel):
    model_config = ConfigDict(extra="forbid")

    carrier: str
    origin: str
    dest: str
    distance: float = Field(ge=0, allow_inf_nan=False)
    departure: datetime
    temp: float
    dewp: float
    humid: float
    wind_dir: float
    wind_speed: float
    wind_gust: float
    precip: float
    pressure: float
    visib: float


@bentoml.service(workers=1, logging={"access": {"enabled": False}}, metrics={"enabled": False})
class Flights:
    def __init__(self) -> None:
        self._model = Model(Path(os.environ["BENCH_FOLDER"]))

    @bentoml.api
    async def predict(self, instances: Annotated[list[Flight], Field(max_length=10_000)]) -> dict[str, Any]:
        probabilities = self._model.score([vars(flight) for flight in instances])
        return {
            "model": "flight_delay",
            "model_version": 3,
            "predictions": [p >= 0.5 for p in probabilities],
            "probabilities": probabilities,
            "prediction_ids": [uuid.uuid4().hex for _ in probabilities],
        }
