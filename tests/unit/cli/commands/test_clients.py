from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from cli.places import chosen_place as where
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


def test_a_client_is_in_the_groups_of_what_it_may_do_before_it_has_a_password(
    keepfit: Keepfit, user_pool: FakeUserPool
) -> None:
    user_pool.before_joining = lambda _group: joined.append(user_pool.users["billing"]["password"])
    joined: list[str | None] = []
    keepfit("clients", "add", "billing", "--scope", "infer", "--model", "delay", "--tenant", "acme")
    assert user_pool.groups_of("billing") == {"scope/infer", "model/delay", "tenant/acme"}
    assert joined == [None] * 3


def test_a_client_that_is_added_without_more_infers_and_reads_everywhere(
    keepfit: Keepfit, user_pool: FakeUserPool
) -> None:
    keepfit("clients", "add", "billing")
    assert user_pool.groups_of("billing") == {"scope/infer", "scope/read", "model/*"}
    [listed] = keepfit("clients", "--json").json
    assert (listed["scopes"], listed["models"], listed["tenant"]) == (["infer", "read"], ["*"], None)


def test_a_client_is_changed_in_what_is_named_and_keeps_the_rest(
    keepfit: Keepfit, user_pool: FakeUserPool
) -> None:
    keepfit("clients", "add", "billing", "--scope", "infer", "--tenant", "acme")
    password = user_pool.users["billing"]["password"]
    user_pool.groups["a-team"] = ["billing"]
    changed = keepfit("clients", "change", "billing", "--model", "delay", "--json").json
    granted = {"scopes": ["infer"], "models": ["delay"], "tenant": "acme", "quota": None}
    assert changed == {"client": "billing", **granted}
    assert user_pool.groups_of("billing") == {"scope/infer", "model/delay", "tenant/acme", "a-team"}
    keepfit("clients", "change", "billing", "--no-tenant", "--scope", "read", "--model", "*")
    assert user_pool.groups_of("billing") == {"scope/read", "model/*", "a-team"}
    assert user_pool.users["billing"]["password"] == password


def test_a_client_of_before_there_were_scopes_keeps_writing_when_it_is_changed(
    keepfit: Keepfit, user_pool: FakeUserPool
) -> None:
    user_pool.users["gauge"] = {"enabled": True, "password": "x"}
    user_pool.groups["feature-writers"] = ["gauge"]
    keepfit("clients", "change", "gauge", "--model", "delay")
    assert user_pool.groups_of("gauge") == {
        "scope/infer", "scope/read", "scope/write-features", "model/delay",
    }  # fmt: skip


def test_in_no_moment_of_a_change_is_a_client_in_no_group(keepfit: Keepfit, user_pool: FakeUserPool) -> None:
    keepfit("clients", "add", "billing", "--scope", "read", "--model", "delay")
    seen: list[set[str]] = []
    user_pool.before_joining = lambda _group: seen.append(user_pool.groups_of("billing"))
    keepfit("clients", "change", "billing", "--scope", "infer", "--model", "*")
    assert len(seen) == 2
    assert all(groups >= {"scope/read", "model/delay"} for groups in seen)


@pytest.mark.parametrize(
    ("options", "exit_code", "said"),
    [
        (["--scope", "train"], 2, "the scopes are: infer, read, write-features, write-outcomes"),
        (["--model", "weather"], 3, "the models are: delay"),
        (["--tenant", "Acme Corp"], 2, "is no name of a tenant"),
        (["--quota", "rate=fast"], 2, "'rate=fast' is no quota"),
        (["--quota", "rate=0"], 2, "is no quota"),
        (["--quota", "hour=3"], 2, "is no quota"),
        (["--quota", "burst=3"], 2, "a burst of no rate"),
        (["--quota", ""], 2, "is no quota"),
        (["--scope", "write-features"], 4, "no view is online here"),
        (["--scope", "write-outcomes"], 4, "[model.<name>.outcomes] lets one"),
    ],
)
def test_what_cannot_be_granted_makes_no_client(
    keepfit: Keepfit, user_pool: FakeUserPool, options: list[str], exit_code: int, said: str
) -> None:
    answer = keepfit("clients", "add", "billing", *options)
    assert (answer.exit_code, user_pool.users) == (exit_code, {})
    assert said in answer.stderr
    keepfit("clients", "add", "billing", "--scope", "read")
    assert keepfit("clients", "change", "billing", *options).exit_code == exit_code
    assert user_pool.groups_of("billing") == {"scope/read", "model/*"}


def test_a_client_that_does_not_get_into_its_groups_is_none(
    keepfit: Keepfit, user_pool: FakeUserPool
) -> None:
    def fail(group: str) -> None:
        if group == "scope/infer":
            raise OSError("the network is gone")

    user_pool.before_joining = fail
    with pytest.raises(OSError, match="the network is gone"):
        keepfit("clients", "add", "billing", "--scope", "infer")
    assert user_pool.users == {}


def test_a_new_password_changes_nothing_else(keepfit: Keepfit, user_pool: FakeUserPool) -> None:
    keepfit("clients", "add", "billing", "--scope", "read")
    assert keepfit("clients", "add", "billing", "--renew", "--scope", "infer").exit_code == 2
    assert keepfit("clients", "add", "billing", "--renew").exit_code == 0
    assert user_pool.groups_of("billing") == {"scope/read", "model/*"}


def test_a_client_that_is_not_there_cannot_be_changed(keepfit: Keepfit) -> None:
    assert keepfit("clients", "change", "billing", "--scope", "infer").exit_code == 3


def test_a_quota_is_kept_with_the_client_until_it_is_changed_or_lifted(
    keepfit: Keepfit, user_pool: FakeUserPool
) -> None:
    keepfit("clients", "add", "billing", "--quota", "rate=10, burst=20, per_day=5000")
    assert user_pool.groups_of("billing") >= {"rate/10.0", "burst/20", "per-day/5000"}
    [listed] = keepfit("clients", "--json").json
    assert listed["quota"] == {"rate": 10.0, "burst": 20, "per_day": 5000}
    assert "10 requests a second (20 at once) and 5,000 a day" in " ".join(keepfit("clients").stdout.split())
    assert (
        keepfit("clients", "change", "billing", "--scope", "infer", "--json").json["quota"] == listed["quota"]
    )
    keepfit("clients", "change", "billing", "--quota", "per_day=10")
    assert {"per-day/10"} == {g for g in user_pool.groups_of("billing") if "/" in g} - {
        "scope/infer",
        "model/*",
    }
    keepfit("clients", "change", "billing", "--quota", "none")
    assert user_pool.groups_of("billing") == {"scope/infer", "model/*"}
