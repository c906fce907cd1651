"""Clients of the prediction API: users of the place's user pool, each with a random password."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from cli.exits import CommandError, Exit
from cli.places.deployment import Deployment
from keepfit.api_routes import FEATURE_WRITERS, OUTCOME_WRITERS

_FLOW = "USER_PASSWORD_AUTH"
_NOTHING_TO_WRITE = {
    FEATURE_WRITERS: "no view is online here, so that there is nothing to write",
    OUTCOME_WRITERS: "no model here takes outcomes by prediction id; [model.<name>.outcomes] lets one",
}


class ApiClient(msgspec.Struct, frozen=True, kw_only=True):
    """A client that may ask for predictions; ``subject`` is its name in the API's access log."""

    client: str
    subject: str
    enabled: bool
    made_at: datetime


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
                yield ApiClient(
                    client=user["Username"],
                    subject=subject,
                    enabled=user["Enabled"],
                    made_at=user["UserCreateDate"],
                )

    def add(self, name: str) -> None:
        """Creates a client. Raises CommandError where the name is taken."""
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

    def let_write(self, name: str, group: str) -> None:
        """Adds a client to a group of those who may write.

        Raises:
            CommandError: nothing can be written here, so that there is no such group.
        """
        try:
            self._cognito.admin_add_user_to_group(UserPoolId=self._id, Username=name, GroupName=group)
        except self._cognito.exceptions.ResourceNotFoundException:
            raise CommandError(_NOTHING_TO_WRITE[group], Exit.REFUSED) from None

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
