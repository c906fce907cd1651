"""A client of the prediction API, as a user would write one: HTTPS, a bearer token, JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import urllib3


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The answer to one instance: P(true), version and prediction id; None of failed requests."""

    probability: float | None
    version: int | None
    status: int
    prediction_id: str | None = None


class PredictionClient:
    """Sends instances to ``url`` over a few kept-alive connections."""

    def __init__(
        self, url: str, token: Callable[[], str], ca_bundle: Path | None, connections: int = 4
    ) -> None:
        self._url = url
        self._token = token
        self._connections = connections
        self._pool = urllib3.PoolManager(
            maxsize=connections, ca_certs=ca_bundle and str(ca_bundle), retries=False, timeout=30
        )

    def send(
        self, instances: list[dict[str, Any]], sizes: list[int], answered: Callable[[int], None] | None = None
    ) -> list[Answer]:
        """The answers in the order of ``instances``, sent in requests of the given ``sizes``."""
        headers = {"authorization": f"Bearer {self._token()}", "content-type": "application/json"}

        def ask(chunk: list[dict[str, Any]]) -> list[Answer]:
            answers = self._ask(chunk, headers)
            if answered:
                answered(len(chunk))
            return answers

        with ThreadPoolExecutor(self._connections) as pool:
            return [answer for answers in pool.map(ask, _cut(instances, sizes)) for answer in answers]

    def close(self) -> None:
        """Closes the connections."""
        self._pool.clear()

    def _ask(self, chunk: list[dict[str, Any]], headers: dict[str, str]) -> list[Answer]:
        response = self._pool.request(
            "POST", self._url, body=json.dumps({"instances": chunk}), headers=headers
        )
        if response.status != 200:
            return [Answer(probability=None, version=None, status=response.status)] * len(chunk)
        body = response.json()
        return [
            Answer(probability=p, version=body["model_version"], status=200, prediction_id=name)
            for p, name in zip(body["probabilities"], body["prediction_ids"], strict=True)
        ]


def singles_and_batches(count: int, single_share: float = 0.25, batch: int = 50) -> list[int]:
    """Request sizes for ``count`` instances: a share one by one, the others in batches, mixed.

    >>> singles_and_batches(8, single_share=0.25, batch=3)
    [1, 3, 1, 3]
    """
    singles = round(count * single_share)
    batches = [batch] * ((count - singles) // batch)
    rest = count - singles - sum(batches)
    batches += [rest] if rest else []
    sizes: list[int] = []
    for index, size in enumerate(batches):
        sizes += [1] * (singles * (index + 1) // len(batches) - singles * index // len(batches)) + [size]
    return sizes if batches else [1] * singles


def _cut(instances: list[dict[str, Any]], sizes: list[int]) -> Iterator[list[dict[str, Any]]]:
    start = 0
    for size in sizes:
        yield instances[start : start + size]
        start += size
