"""The Cognito user pool: each client of the API is a user with a name and a password."""

from __future__ import annotations

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_cognito as cognito
from constructs import Construct

from infra.acknowledgements import Acknowledged, acknowledge


def make_user_pool(scope: Construct, removal_policy: RemovalPolicy) -> cognito.UserPool:
    """A user pool of programs, which only an administrator adds."""
    pool = cognito.UserPool(
        scope,
        "Pool",
        self_sign_up_enabled=False,
        account_recovery=cognito.AccountRecovery.NONE,
        password_policy=cognito.PasswordPolicy(
            min_length=32,
            require_digits=True,
            require_lowercase=True,
            require_symbols=True,
            require_uppercase=True,
        ),
        removal_policy=removal_policy,
    )
    acknowledge(pool, Acknowledged.NO_PEOPLE_IN_THE_POOL)
    return pool


def add_sign_in(pool: cognito.UserPool) -> cognito.UserPoolClient:
    """Adds the sign-in by name and password, without a secret that all clients would share."""
    return pool.add_client(
        "SignIn",
        auth_flows=cognito.AuthFlow(user_password=True),
        disable_o_auth=True,
        id_token_validity=Duration.hours(1),
        access_token_validity=Duration.hours(1),
        refresh_token_validity=Duration.hours(1),
        prevent_user_existence_errors=True,
    )
