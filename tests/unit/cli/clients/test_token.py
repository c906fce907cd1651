from __future__ import annotations

import stat
from typing import Any

import pytest

from cli.checkout import state_folder
from cli.clients import token
from cli.places.deployment import Deployment
from tests.unit.cli.conftest import Keepfit
from tests.unit.cli.support.user_pool import FakeUserPool

pytestmark = pytest.mark.usefixtures("place")

WHO = "aws:user/moto"


def forget() -> None:
    for path in (state_folder() / "tokens").iterdir():
        path.unlink()


def test_the_token_is_printed_alone_so_that_a_shell_can_use_it(keepfit: Keepfit) -> None:
    assert keepfit("token").stdout == "token-1\n"


def test_whoever_has_the_aws_rights_is_a_client_of_that_name(
    keepfit: Keepfit, user_pool: FakeUserPool
) -> None:
    answer = keepfit("token", "--json")
    assert (answer.json["client"], answer.json["token"]) == (WHO, "token-1")
    assert list(user_pool.users) == [WHO]


def test_every_token_is_asked_for_with_another_password(keepfit: Keepfit, user_pool: FakeUserPool) -> None:
    keepfit("token")
    forget()
    keepfit("token")
    (_, first), (_, second) = user_pool.signed_in
    assert first != second
    assert all(any(map(kind, first)) for kind in (str.isdigit, str.isupper, str.islower))
    assert len(first) >= 32
    assert "-" in first


def test_a_token_is_kept_until_it_is_about_to_expire(keepfit: Keepfit, user_pool: FakeUserPool) -> None:
    assert keepfit("token").stdout == keepfit("token").stdout == "token-1\n"
    forget()
    user_pool.lasts_s = 60
    assert (keepfit("token").stdout, keepfit("token").stdout) == ("token-2\n", "token-3\n")


def test_only_its_owner_can_read_a_kept_token(keepfit: Keepfit, user_pool: FakeUserPool) -> None:
    keepfit("token")
    [path] = (state_folder() / "tokens").iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert user_pool.users[WHO]["password"] not in path.read_text()


def test_a_token_that_cannot_be_read_is_asked_for_again(keepfit: Keepfit) -> None:
    keepfit("token")
    [path] = (state_folder() / "tokens").iterdir()
    path.write_text("{")
    assert keepfit("token").stdout == "token-2\n"


def test_two_that_share_an_identity_both_get_a_token(keepfit: Keepfit, user_pool: FakeUserPool) -> None:
    others = iter(["password of somebody else"])

    def somebody_else() -> None:
        for password in others:
            user_pool.users[WHO]["password"] = password

    user_pool.before_sign_in = somebody_else
    assert keepfit("token").stdout == "token-1\n"


def test_a_client_that_was_disabled_gets_no_token_and_is_told(
    keepfit: Keepfit, user_pool: FakeUserPool
) -> None:
    user_pool.users[WHO] = {"enabled": False, "password": None}
    answer = keepfit("token")
    assert answer.exit_code == 4
    assert "keepfit clients" in answer.stderr
    assert user_pool.signed_in == []


def test_an_identity_with_a_long_name_has_a_short_one_of_its_own(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    def named(session: str) -> str:
        identity: Any = {"Arn": f"arn:aws:sts::123456789012:assumed-role/{'r' * 64}/{session}"}
        monkeypatch.setattr(deployment.place.client("sts"), "get_caller_identity", lambda: identity)
        return token.own_name(deployment)

    long, other = named("s" * 63 + "1"), named("s" * 63 + "2")
    assert len(long) == len(other) == 128
    assert long != other
    assert named("ada") == f"aws:assumed-role/{'r' * 64}/ada"


def test_tokens_are_renewed_well_before_they_expire() -> None:
    assert token._RENEW_BEFORE_S >= 60
