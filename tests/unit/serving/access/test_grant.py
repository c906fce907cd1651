from __future__ import annotations

import pytest

from keepfit.serving.access.grant import ANY_MODEL, SCOPES, Grant, grant_of, stands_for_grant
from keepfit.serving.access.quota import Quota
from keepfit.serving.access.refusals import refusal
from keepfit.serving.access.routes import SCOPES_OF
from keepfit.serving.access.token_claims import grant_in
from tests.unit.serving.access.asking import asked_by, problem_of


@pytest.mark.parametrize(
    "grant",
    [
        Grant(),
        Grant(scopes=frozenset(SCOPES)),
        Grant(scopes=frozenset({"infer"}), models=frozenset({"lateness", "price"}), tenant="acme"),
        Grant(quota=Quota(rate=0.5, burst=20, per_day=5000)),
        Grant(quota=Quota(per_day=1)),
    ],
)
def test_a_grant_is_what_its_groups_say(grant: Grant) -> None:
    assert grant_of(grant.groups()) == grant
    assert all(stands_for_grant(group) for group in grant.groups())


@pytest.mark.parametrize("groups", [[], ["feature-writers"], ["outcome-writers"], ["a-team"]])
def test_clients_from_before_there_were_scopes_infer_and_read_everywhere(groups: list[str]) -> None:
    grant = grant_of(groups)
    assert grant.scopes >= {"infer", "read"}
    assert grant.reaches("anything")


@pytest.mark.parametrize("groups", [["model/lateness"], ["tenant/acme"], ["scope/read", "model/*"]])
def test_a_client_that_lost_some_of_its_groups_can_do_less_and_not_more(groups: list[str]) -> None:
    assert "infer" not in grant_of(groups).scopes


def test_a_client_with_scopes_and_no_model_reaches_none() -> None:
    assert not grant_of(["scope/infer"]).reaches("lateness")


@pytest.mark.parametrize(
    "claim",
    ["[scope/infer model/lateness]", "[scope/infer, model/lateness]", ["scope/infer", "model/lateness"]],
)
def test_groups_are_read_as_api_gateway_writes_them(claim: str | list[str]) -> None:
    grant = grant_in(asked_by(claim))
    assert grant == Grant(scopes=frozenset({"infer"}), models=frozenset({"lateness"}))


@pytest.mark.parametrize(
    "event",
    [{}, {"requestContext": {}}, {"requestContext": {"authorizer": {"iam": {"userArn": "arn"}}}}],
    ids=["invoked", "no authorizer", "a signature"],
)
def test_who_asks_by_rights_of_aws_has_no_token_and_is_not_held_to_one(event: dict[str, object]) -> None:
    assert grant_in(event) is None
    assert refusal(None, "/models/{model}/predict", "lateness") is None


@pytest.mark.parametrize("route", [route for route, scopes in SCOPES_OF.items() if scopes])
def test_every_route_is_refused_without_its_scope_and_opens_with_it(route: str) -> None:
    needed = set(SCOPES_OF[route])
    every_other = Grant(scopes=frozenset(SCOPES) - needed)
    refused = refusal(every_other, route, "lateness")
    status, told = problem_of(refused)
    assert (status, told["code"]) == (403, "not_allowed")
    assert f"lacks the scope {SCOPES_OF[route][0]}" in told["detail"]
    for scope in needed:
        assert refusal(Grant(scopes=frozenset({scope})), route, "lateness") is None


@pytest.mark.parametrize("route", [route for route, scopes in SCOPES_OF.items() if "{model}" in route])
def test_every_route_of_a_model_is_refused_to_clients_of_another(route: str) -> None:
    grant = Grant(scopes=frozenset(SCOPES), models=frozenset({"price"}))
    status, told = problem_of(refusal(grant, route, "lateness"))
    assert (status, told["code"]) == (403, "model_not_allowed")
    assert "--model lateness --model price" in told["detail"]
    assert refusal(grant, route, "price") is None


def test_a_lacking_scope_is_named_as_oauth_names_it() -> None:
    refused = refusal(Grant(scopes=frozenset({"read"})), "/models/{model}/predict", "lateness")
    assert refused is not None
    assert refused["headers"]["www-authenticate"] == 'Bearer error="insufficient_scope", scope="infer"'
    assert refused["headers"]["content-type"] == "application/problem+json"


def test_clients_of_the_inference_protocol_find_a_refusal_where_they_look() -> None:
    refused = refusal(Grant(scopes=frozenset({"read"})), "/v2/models/{model}/infer", "lateness")
    _, told = problem_of(refused)
    assert told["error"] == told["detail"]


def test_no_model_can_be_named_as_every_one() -> None:
    assert not ANY_MODEL.isidentifier()


def test_of_two_quotas_the_lesser_counts_and_one_that_cannot_be_read_is_the_least() -> None:
    assert grant_of(["rate/10", "rate/5"]).quota == Quota(rate=5)
    assert grant_of(["rate/ten"]).quota == grant_of(["rate/-1"]).quota == Quota(rate=1)
