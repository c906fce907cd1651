"""What a webhook is sent, how often it is tried, and that no error holds its address."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepfit.adapters.http.webhook_sender import WebhookSender, message
from keepfit.errors import InvalidRequest, KeepfitError, ServiceUnavailable
from localcloud import tls
from tests.unit.adapters.http.webhook import Webhook, serving
from tests.unit.monitoring.support.notices import notice


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> tls.Certificates:
    return tls.ensure(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def webhook(certificates: tls.Certificates, monkeypatch: pytest.MonkeyPatch) -> Iterator[Webhook]:
    monkeypatch.setenv("AWS_CA_BUNDLE", str(certificates.authority))
    with serving(certificates) as served:
        yield served


def send(url: str) -> list[float]:
    """Sends a notice; the pauses between the attempts."""
    pauses: list[float] = []
    WebhookSender(url=lambda: url, pause=pauses.append).send(notice())
    return pauses


@contextmanager
def refused(kind: type[KeepfitError], why: str) -> Iterator[None]:
    """An error of this kind is raised that says why, and not the address."""
    with pytest.raises(kind, match=why) as raised:
        yield
    assert "s3cret" not in f"{raised.value}{raised.value.__cause__}"


def test_the_notice_is_posted_as_one_text_to_the_whole_address(webhook: Webhook) -> None:
    assert send(webhook.url) == []
    (body,) = webhook.bodies
    assert set(body) == {"text"}
    assert body["text"].startswith("*delay: the alarm drift sounds*\nsince 2026-11-30 12:00 UTC\n")
    assert webhook.paths == ["/services/T0/B0/s3cret?x=1"]


@pytest.mark.parametrize("failures", [[500], [429, 503], [0, 500, 0]])
def test_one_that_fails_for_a_while_is_tried_later_and_later(webhook: Webhook, failures: list[int]) -> None:
    webhook.statuses = list(failures)
    pauses = send(webhook.url)
    assert len(pauses) == len(failures)
    assert pauses == sorted(pauses)
    assert len(webhook.bodies) == 1


def test_one_that_stays_down_is_given_up_with_what_it_said(webhook: Webhook) -> None:
    webhook.statuses, webhook.says = [503] * 9, "come back\nlater"
    with refused(ServiceUnavailable, "asked 4 times: the webhook answers 503: come back later"):
        send(webhook.url)
    assert len(webhook.paths) == 4


@pytest.mark.parametrize(
    ("status", "why"),
    [
        (404, "answers 404: no_service"),
        (400, "answers 400"),
        (302, "answers 302: redirects are not followed"),
    ],
)
def test_one_that_refuses_is_not_asked_again(webhook: Webhook, status: int, why: str) -> None:
    webhook.statuses, webhook.says = [status], "no_service"
    with refused(InvalidRequest, why):
        send(webhook.url)
    assert len(webhook.paths) == 1


def test_one_whose_certificate_nobody_vouches_for_is_sent_nothing(
    webhook: Webhook, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tls.ensure(tmp_path_factory.mktemp("other"))
    monkeypatch.setenv("AWS_CA_BUNDLE", str(other.authority))
    with refused(InvalidRequest, "certificate is not trusted"):
        send(webhook.url)
    assert webhook.paths == []


def test_nothing_that_listens_is_tried_and_said(webhook: Webhook) -> None:
    with refused(ServiceUnavailable, "asked 4 times: no answer"):
        send("https://localhost:1/s3cret")


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example.org/s3cret",
        "hooks.example.org/s3cret",
        "https:///s3cret",
        "https://hooks.example.org:99999/s3cret",
        "https://hooks.example.org:s3cret/",
        "https://hooks.example.org/s3cret\r\nx-evil: 1",
        "ftp://s3cret",
        f"https://{'s3cret' * 20}.example.org/",
        "",
    ],
)
def test_what_is_no_address_of_https_is_refused_without_being_shown(url: str) -> None:
    with refused(InvalidRequest, "not one of HTTPS"):
        send(url)


@given(st.text())
def test_no_text_of_anybody_becomes_a_mention_or_a_link(text: str) -> None:
    told = json.loads(message(msgspec.structs.replace(notice(), facts=[text])))["text"]
    assert "<" not in told
    assert ">" not in told
    if len(text) <= 500:
        unescaped = told.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
        assert text in unescaped
