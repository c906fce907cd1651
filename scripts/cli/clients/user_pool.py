"""Clients of the prediction API: users of the place's user pool, each with a random password."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from cli.exits import CommandError, Exit
from cli.places.deployment import Deployment
from keepfit.serving.access.grant import Grant, grant_of, stands_for_grant
from keepfit.serving.access.quota import Quota

_FLOW = "USER_PASSWORD_AUTH"


class ApiClient(msgspec.Struct, frozen=True, kw_only=True):
    """A client of the API, and its grant; ``subject`` is its name in the API's access log."""

    client: str
    subject: str
    enabled: bool
    made_at: datetime
    scopes: list[str]
    models: list[str]
    tenant: str | None
    quota: Quota | None


@dataclass(frozen=True, slots=True)
class UserPool:
    """The user pool of a deployment."""

    deployment: Deployment

    def all(self) -> Iterator[ApiClient]:
        """Every client."""
        pages = self._cognito.get_paginator("list_users").paginate(UserPoolId=self._id)
        for page in pages:
            for user in page["Users"]:
                subject = next(a["Value"] for a in user["Attributes"] if a["Name"] == "sub")
                grant = self.grant(user["Username"])
                yield ApiClient(
                    client=user["Username"],
                    subject=subject,
                    enabled=user["Enabled"],
                    made_at=user["UserCreateDate"],
                    scopes=sorted(grant.scopes),
                    models=sorted(grant.models),
                    tenant=grant.tenant,
                    quota=grant.quota,
                )

    def add(self, name: str, grant: Grant) -> None:
        """Creates a client. Raises CommandError where the name is taken.

        It has no password that anybody knows before it is in its groups, and is gone where it does not get there.
        """
        self._make_groups(grant)
        try:
            # One that Cognito made up would be shorter than the pool's own policy wants.
            self._cognito.admin_create_user(
                UserPoolId=self._id,
                Username=name,
                TemporaryPassword=_password(),
                MessageAction="SUPPRESS",
            )
        except self._cognito.exceptions.UsernameExistsException:
            raise CommandError(
                f"there is a client {name!r} already; --renew gives it a new password", Exit.REFUSED
            ) from None

        try:
            self._join(name, grant.groups())
        except BaseException:
            self.remove(name)
            raise

    def grant(self, name: str) -> Grant:
        """What a client may do. Raises CommandError where there is none of that name."""
        return grant_of(self._groups(name))

    def change(self, name: str, grant: Grant) -> None:
        """Gives a client another grant; tokens that it has keep theirs until they expire.

        New groups come first: in none at all it would be a client from before there were scopes.

        Raises:
            CommandError: there is no such client.
        """
        present, wanted = self._groups(name), set(grant.groups())
        self._make_groups(grant)
        self._join(name, sorted(wanted - present))
        for group in sorted(present - wanted):
            if stands_for_grant(group):
                self._cognito.admin_remove_user_from_group(
                    UserPoolId=self._id, Username=name, GroupName=group
                )

    def _groups(self, name: str) -> set[str]:
        pages = self._cognito.get_paginator("admin_list_groups_for_user").paginate(
            UserPoolId=self._id, Username=name
        )
        try:
            return {group["GroupName"] for page in pages for group in page["Groups"]}
        except self._cognito.exceptions.UserNotFoundException:
            raise _not_there(name) from None

    def _make_groups(self, grant: Grant) -> None:
        for group in grant.groups():
            with suppress(self._cognito.exceptions.GroupExistsException):
                self._cognito.create_group(UserPoolId=self._id, GroupName=group)

    def _join(self, name: str, groups: Iterable[str]) -> None:
        for group in groups:
            self._cognito.admin_add_user_to_group(UserPoolId=self._id, Username=name, GroupName=group)

    def renew(self, name: str) -> str:
        """A new password of ``name``; the one before becomes invalid.

        Raises:
            CommandError: there is no such client.
        """
        password = _password()
        try:
            self._cognito.admin_set_user_password(
                UserPoolId=self._id, Username=name, Password=password, Permanent=True
            )
        except self._cognito.exceptions.UserNotFoundException:
            raise _not_there(name) from None
        return password

    def remove(self, name: str) -> None:
        """Deletes a client. Raises CommandError where there is none of that name."""
        try:
            self._cognito.admin_delete_user(UserPoolId=self._id, Username=name)
        except self._cognito.exceptions.UserNotFoundException:
            raise _not_there(name) from None

    def sign_in(self, name: str, password: str) -> dict[str, Any]:
        """Cognito's result for a name and a password: IdToken, ExpiresIn and more.

        Raises:
            NotAuthorizedException: it is not the client's password.
        """
        answer = self._cognito.initiate_auth(**self.request(name, password))
        result: dict[str, Any] = answer["AuthenticationResult"]
        return result

    def request(self, name: str, password: str) -> dict[str, Any]:
        """The body of the request for a token; it needs no AWS credentials."""
        return {
            "AuthFlow": _FLOW,
            "ClientId": self.deployment.platform("UserPoolClientId"),
            "AuthParameters": {"USERNAME": name, "PASSWORD": password},
        }

    @property
    def url(self) -> str:
        """Where clients ask for tokens."""
        return str(self._cognito.meta.endpoint_url)

    @property
    def _cognito(self) -> Any:
        return self.deployment.place.client("cognito-idp")

    @property
    def _id(self) -> str:
        return self.deployment.platform("UserPoolId")


def _not_there(name: str) -> CommandError:
    return CommandError(f"there is no client {name!r}; `keepfit clients` lists them", Exit.NOT_FOUND)


def _password() -> str:
    """256 random bits; the pool's policy wants a character of every kind, which chance does not promise."""
    return f"{secrets.token_urlsafe(32)}-aA1"
