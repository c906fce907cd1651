"""The model behind FastAPI as one writes it with care: typed, on onnxruntime, without threads or data frames."""

from __future__ import annotations

import os
import uuid
from datetime import datetime
from pathlib import Path

from fastapi import FastAPI
from pydantic import BaseModel, ConfigDict, Field

from tests.bench.serving.scoring import Model

model = Model(Path(os.environ["BENCH_FOLDER"]))
app = FastAPI(openapi_url=None)


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


class Request(BaseModel):
    instances: list[Flight] = Field(min_length=1, max_length=10_000)


class Answer(BaseModel):
    model_config = ConfigDict(protected_namespaces=())

    model: str
    model_version: int
    predictions: list[bool]
    probabilities: list[float]
    prediction_ids: list[str]


@app.post("/predict")
async def predict(request: Request) -> Answer:
    probabilities = model.score([vars(flight) for flight in request.instances])
    return Answer(
        model="flight_delay",
        model_version=3,
        predictions=[p >= 0.5 for p in probabilities],
        probabilities=probabilities,
        prediction_ids=[uuid.uuid4().hex for _ in probabilities],
    )
