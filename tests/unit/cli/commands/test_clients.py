from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from cli.places import where
from tests.unit.cli.conftest import Keepfit
from tests.unit.cli.support.standin import StandIn
from tests.unit.cli.support.user_pool import FakeUserPool

pytestmark = pytest.mark.usefixtures("place")


def test_a_new_client_can_sign_in_with_what_is_printed(keepfit: Keepfit, user_pool: FakeUserPool) -> None:
    made = keepfit("clients", "add", "billing", "--json").json
    assert (made["client"], made["token_url"]) == ("billing", "https://cognito-idp.example")
    answer = user_pool.initiate_auth(**made["request"])
    assert answer["AuthenticationResult"]["IdToken"]
    assert user_pool.signed_in == [("billing", made["password"])]


def test_people_are_shown_how_the_client_asks_for_its_token(
    keepfit: Keepfit, user_pool: FakeUserPool
) -> None:
    answer = keepfit("clients", "add", "billing")
    assert answer.stdout == user_pool.users["billing"]["password"] + "\n"
    assert "curl https://cognito-idp.example" in answer.stderr
    assert "AWSCognitoIdentityProviderService.InitiateAuth" in answer.stderr


def test_a_client_of_an_embedded_cloud_is_told_which_authority_to_trust(
    keepfit: Keepfit, place: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trusted = tmp_path / "with space" / "ca.pem"
    monkeypatch.setattr(where, "find_place", lambda *_asked: replace(place, ca_bundle=trusted))
    assert f" --cacert '{trusted}' " in keepfit("clients", "add", "billing").stderr


def test_a_client_that_exists_keeps_its_password_unless_a_new_one_is_asked_for(
    keepfit: Keepfit, user_pool: FakeUserPool
) -> None:
    first = keepfit("clients", "add", "billing", "--json").json["password"]
    answer = keepfit("clients", "add", "billing")
    assert answer.exit_code == 4
    assert "--renew" in answer.stderr
    assert user_pool.users["billing"]["password"] == first
    second = keepfit("clients", "add", "billing", "--renew", "--json").json["password"]
    assert user_pool.users["billing"]["password"] == second != first


def test_clients_are_listed_with_their_name_in_the_access_log(keepfit: Keepfit) -> None:
    keepfit("clients", "add", "shipping")
    keepfit("clients", "add", "billing")
    listed = keepfit("clients", "--json").json
    assert [(one["client"], one["subject"], one["enabled"]) for one in listed] == [
        ("billing", "sub-billing", True),
        ("shipping", "sub-shipping", True),
    ]


def test_a_client_that_was_removed_is_gone(keepfit: Keepfit, user_pool: FakeUserPool) -> None:
    keepfit("clients", "add", "billing")
    assert keepfit("clients", "remove", "billing").exit_code == 0
    assert user_pool.users == {}
    assert keepfit("clients", "remove", "billing").exit_code == 3


@pytest.mark.parametrize("name", ["aws:user/ada", "Billing", "two words", ""])
def test_a_name_that_is_none_is_refused(name: str, keepfit: Keepfit, user_pool: FakeUserPool) -> None:
    assert keepfit("clients", "add", name).exit_code == 2
    assert user_pool.users == {}


def test_a_client_writes_what_it_was_added_for_and_nothing_else(
    keepfit: Keepfit, user_pool: FakeUserPool
) -> None:
    user_pool.groups |= {"feature-writers": [], "outcome-writers": []}
    keepfit("clients", "add", "billing")
    keepfit("clients", "add", "gateway", "--writes-outcomes")
    keepfit("clients", "add", "gauge", "--writes-features", "--writes-outcomes")
    assert user_pool.groups == {"feature-writers": ["gauge"], "outcome-writers": ["gateway", "gauge"]}


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("--writes-features", "no view is online here"),
        ("--writes-outcomes", "[model.<name>.outcomes] lets one"),
    ],
)
def test_where_there_is_nothing_to_write_no_client_can(keepfit: Keepfit, option: str, said: str) -> None:
    answer = keepfit("clients", "add", "gateway", option)
    assert answer.exit_code == 4
    assert said in answer.stderr
