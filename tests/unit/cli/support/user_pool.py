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


class GroupExistsException(Exception):
    """There is a group of that name."""


class NotAuthorizedException(Exception):
    """It is not the user's password, or the user may not sign in."""


@dataclass(slots=True)
class FakeUserPool:
    """One pool; ``before_sign_in`` and ``before_joining`` are called before each, as what happens meanwhile."""

    users: dict[str, dict[str, Any]] = field(default_factory=dict)
    signed_in: list[tuple[str, str]] = field(default_factory=list)
    lasts_s: int = 3600
    groups: dict[str, list[str]] = field(default_factory=dict)
    before_sign_in: Any = lambda: None
    before_joining: Any = lambda _group: None
    meta: Any = field(default_factory=lambda: SimpleNamespace(endpoint_url="https://cognito-idp.example"))
    exceptions: Any = field(
        default_factory=lambda: SimpleNamespace(
            UsernameExistsException=UsernameExistsException,
            UserNotFoundException=UserNotFoundException,
            NotAuthorizedException=NotAuthorizedException,
            GroupExistsException=GroupExistsException,
        )
    )

    def admin_create_user(self, **asked: str) -> None:
        name, password = asked["Username"], asked["TemporaryPassword"]
        assert asked == self._of(name, TemporaryPassword=password, MessageAction="SUPPRESS")
        if name in self.users:
            raise UsernameExistsException
        self.users[name] = {"enabled": True, "password": None}

    def create_group(self, **asked: str) -> None:
        name = asked["GroupName"]
        assert asked == {"UserPoolId": "pool", "GroupName": name}
        if name in self.groups:
            raise GroupExistsException
        self.groups[name] = []

    def admin_add_user_to_group(self, **asked: str) -> None:
        assert asked == self._of(asked["Username"], GroupName=asked["GroupName"])
        self.before_joining(asked["GroupName"])
        self.groups[asked["GroupName"]].append(asked["Username"])

    def admin_remove_user_from_group(self, **asked: str) -> None:
        assert asked == self._of(asked["Username"], GroupName=asked["GroupName"])
        self.groups[asked["GroupName"]].remove(asked["Username"])

    def groups_of(self, name: str) -> set[str]:
        """The groups that a user is in."""
        return {group for group, members in self.groups.items() if name in members}

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

    def get_paginator(self, operation: str) -> SimpleNamespace:
        pages = {"list_users": self._list_users, "admin_list_groups_for_user": self._list_groups}
        return SimpleNamespace(paginate=pages[operation])

    def _list_users(self, **asked: str) -> Iterator[dict[str, Any]]:
        assert asked == {"UserPoolId": "pool"}
        for name, user in self.users.items():
            attributes = [{"Name": "sub", "Value": f"sub-{name}"}]
            made = datetime(2026, 1, 5, tzinfo=UTC)
            listed = {"Username": name, "Attributes": attributes, "UserCreateDate": made}
            yield {"Users": [{**listed, "Enabled": user["enabled"]}]}

    def _list_groups(self, **asked: str) -> Iterator[dict[str, Any]]:
        name = asked["Username"]
        assert asked == self._of(name)
        if name not in self.users:
            raise UserNotFoundException
        for group in sorted(self.groups_of(name)):
            yield {"Groups": [{"GroupName": group}]}

    def _of(self, name: str, **more: Any) -> dict[str, Any]:
        return {"UserPoolId": "pool", "Username": name, **more}
