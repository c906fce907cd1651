"""keepfit's handler as it would be if its model had to be fetched: with the AWS SDK imported, and not even used."""

import boto3  # noqa: F401
from handler import handler  # noqa: F401
