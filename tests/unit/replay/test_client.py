"""The demo's client against a real server on loopback."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replay.client import PredictionClient, singles_and_batches


class _Api(BaseHTTPRequestHandler):
    """Answers each instance's own number; refuses whatever holds a negative one."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        assert self.headers["authorization"] == "Bearer good"
        instances = json.loads(self.rfile.read(int(self.headers["content-length"])))["instances"]
        numbers = [instance["x"] for instance in instances]
        status = 400 if min(numbers) < 0 else 200
        ids = [f"prediction of {number}" for number in numbers]
        answer = {"model_version": 3, "probabilities": numbers, "prediction_ids": ids}
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: Any) -> None:
        """Quiet."""


@pytest.fixture
def client() -> Iterator[PredictionClient]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Api) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        made = PredictionClient(f"http://127.0.0.1:{server.server_port}", lambda: "good", None)
        yield made
        made.close()
        server.shutdown()
        thread.join()


def test_answers_come_in_the_order_of_the_questions(client: PredictionClient) -> None:
    answers = client.send([{"x": number} for number in range(100)], [1] * 20 + [40] * 2)
    assert [answer.probability for answer in answers] == list(range(100))
    assert {answer.version for answer in answers} == {3}


def test_a_refused_request_is_an_answer_too(client: PredictionClient) -> None:
    answers = client.send([{"x": 1}, {"x": -1}, {"x": 2}], [1, 1, 1])
    assert [(answer.status, answer.probability) for answer in answers] == [(200, 1), (400, None), (200, 2)]


@given(count=st.integers(0, 3000), share=st.floats(0, 1), batch=st.integers(1, 200))
def test_every_instance_is_in_one_request(count: int, share: float, batch: int) -> None:
    sizes = singles_and_batches(count, share, batch)
    assert sum(sizes) == count
    assert all(0 < size <= batch for size in sizes)
