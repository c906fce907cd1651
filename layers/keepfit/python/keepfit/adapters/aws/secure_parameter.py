"""A secret in AWS Systems Manager Parameter Store, read when it is needed."""

from __future__ import annotations

from dataclasses import dataclass

from keepfit.adapters.aws.clients import client, translated
from keepfit.errors import NotFound


@dataclass(frozen=True, slots=True, kw_only=True)
class SecureParameter:
    """A SecureString by its name, encrypted by the account's own key of Systems Manager."""

    name: str

    def read(self) -> str:
        """The secret.

        Raises:
            NotFound: there is none, or it is kept as plain text.
        """
        put = f"aws ssm put-parameter --overwrite --type SecureString --name {self.name} --value …"
        try:
            with translated(f"the parameter {self.name}"):
                found = client("ssm").get_parameter(Name=self.name, WithDecryption=True)["Parameter"]
        except NotFound as error:
            raise NotFound(f"there is no parameter {self.name}; keep the secret there by: {put}") from error
        if found["Type"] != "SecureString":
            raise NotFound(
                f"the parameter {self.name} is a {found['Type']}, which is no place for a secret; delete it, and keep "
                f"another secret there by: {put}"
            )
        return str(found["Value"])
