"""Cognito as far as clients of the API go: users, their passwords, and tokens that tell whose they are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any


class UsernameExistsException(Exception):
    """There is a user of that name."""


class UserNotFoundException(Exception):
    """There is no user of that name."""


class ResourceNotFoundException(Exception):
    """There is no group of that name."""


class NotAuthorizedException(Exception):
    """It is not the user's password, or the user may not sign in."""


@dataclass(slots=True)
class FakeUserPool:
    """One pool; ``before_sign_in`` is called at each sign-in, as somebody else who works at the same time."""

    users: dict[str, dict[str, Any]] = field(default_factory=dict)
    signed_in: list[tuple[str, str]] = field(default_factory=list)
    lasts_s: int = 3600
    groups: dict[str, list[str]] = field(default_factory=dict)
    before_sign_in: Any = lambda: None
    meta: Any = field(default_factory=lambda: SimpleNamespace(endpoint_url="https://cognito-idp.example"))
    exceptions: Any = field(
        default_factory=lambda: SimpleNamespace(
            UsernameExistsException=UsernameExistsException,
            UserNotFoundException=UserNotFoundException,
            NotAuthorizedException=NotAuthorizedException,
            ResourceNotFoundException=ResourceNotFoundException,
        )
    )

    def admin_create_user(self, **asked: str) -> None:
        name, password = asked["Username"], asked["TemporaryPassword"]
        assert asked == self._of(name, TemporaryPassword=password, MessageAction="SUPPRESS")
        if name in self.users:
            raise UsernameExistsException
        self.users[name] = {"enabled": True, "password": None}

    def admin_add_user_to_group(self, **asked: str) -> None:
        assert asked == self._of(asked["Username"], GroupName=asked["GroupName"])
        if asked["GroupName"] not in self.groups:
            raise ResourceNotFoundException
        self.groups[asked["GroupName"]].append(asked["Username"])

    def admin_set_user_password(self, **asked: Any) -> None:
        name, password = asked["Username"], asked["Password"]
        assert asked == self._of(name, Password=password, Permanent=True)
        if name not in self.users:
            raise UserNotFoundException
        self.users[name]["password"] = password

    def admin_delete_user(self, **asked: str) -> None:
        assert asked == self._of(asked["Username"])
        if self.users.pop(asked["Username"], None) is None:
            raise UserNotFoundException

    def initiate_auth(self, **asked: Any) -> dict[str, Any]:
        assert (asked["AuthFlow"], asked["ClientId"]) == ("USER_PASSWORD_AUTH", "sign-in")
        self.before_sign_in()
        name, password = asked["AuthParameters"]["USERNAME"], asked["AuthParameters"]["PASSWORD"]
        user = self.users.get(name)
        if not user or not user["enabled"] or user["password"] != password:
            raise NotAuthorizedException
        self.signed_in.append((name, password))
        token = f"token-{len(self.signed_in)}"
        return {"AuthenticationResult": {"IdToken": token, "AccessToken": "x", "ExpiresIn": self.lasts_s}}

    def get_paginator(self, operation: str) -> FakeUserPool:
        assert operation == "list_users"
        return self

    def paginate(self, **asked: str) -> Iterator[dict[str, Any]]:
        assert asked == {"UserPoolId": "pool"}
        for name, user in self.users.items():
            attributes = [{"Name": "sub", "Value": f"sub-{name}"}]
            made = datetime(2026, 1, 5, tzinfo=UTC)
            listed = {"Username": name, "Attributes": attributes, "UserCreateDate": made}
            yield {"Users": [{**listed, "Enabled": user["enabled"]}]}

    def _of(self, name: str, **more: Any) -> dict[str, Any]:
        return {"UserPoolId": "pool", "Username": name, **more}
