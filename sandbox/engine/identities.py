"""The people of a sandbox: their IAM roles, created first, and sessions of these roles.

An account has the roles of its people before a cluster lets them in: EKS refuses entries of principals that do not
exist. Engine, kubectl and aws work with sessions of these roles, and reach the API server with tokens of them. The
administrator's certificate is for the sandbox's own set-up and for tests.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import boto3
import yaml
from botocore.exceptions import BotoCoreError, ClientError

from sandbox.engine.errors import SandboxError
from sandbox.engine.programs import ROOT

REGION = "eu-central-1"
STACK = "sandbox"
AWS_CREDENTIALS = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}
"""The account's own credentials, for set-up and tests; they have no access entry."""
DESCRIPTION = "A person of the sandbox"
SESSION_SECONDS = 12 * 3600
"""The longest session that AWS allows."""
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
            "Action": "sts:AssumeRole",
        }
    ],
}


def people() -> list[dict[str, Any]]:
    """The people of `Pulumi.sandbox.yaml`."""
    return yaml.safe_load((ROOT / f"Pulumi.{STACK}.yaml").read_text())["config"]["palisade:people"]


def make_roles(port: int | None, arns: Iterable[str]) -> None:
    """Create the missing roles.

    Args:
        port: of the emulated AWS; None: that of this process.
        arns: of the roles.
    """
    iam = _client("iam", port)
    for arn in arns:
        try:
            iam.create_role(
                RoleName=arn.rpartition("/")[2],
                Description=DESCRIPTION,
                AssumeRolePolicyDocument=json.dumps(TRUST),
                MaxSessionDuration=SESSION_SECONDS,
            )
        except iam.exceptions.EntityAlreadyExistsException:
            continue


def session(port: int, name: str | None = None) -> dict[str, str]:
    """AWS's variables for a new session of a person's role.

    Args:
        port: of the emulated AWS.
        name: the person's; the first administrator where it is not given.

    Raises:
        SandboxError: there is no such person, or the emulated AWS does not answer.
    """
    listed = people()
    person = next((each for each in listed if (each["name"] == name if name else each["role"] == "admin")), None)
    if person is None:
        names = ", ".join(each["name"] for each in listed)
        raise SandboxError(f"{name}: nobody of this name is in Pulumi.{STACK}.yaml; there are {names}")
    try:
        made = _client("sts", port).assume_role(
            RoleArn=person["iamPrincipal"], RoleSessionName=person["name"], DurationSeconds=SESSION_SECONDS
        )["Credentials"]
    except (BotoCoreError, ClientError) as fault:
        raise SandboxError(
            f"the emulated AWS on port {port} gives no session of {person['iamPrincipal']} ({fault});"
            " start the sandbox again: python -m sandbox up"
        ) from None
    return {
        "AWS_ACCESS_KEY_ID": made["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": made["SecretAccessKey"],
        "AWS_SESSION_TOKEN": made["SessionToken"],
    }


def _client(service: str, port: int | None) -> Any:
    return boto3.client(
        service,
        region_name=REGION,
        endpoint_url=f"http://127.0.0.1:{port}" if port else None,
        aws_access_key_id=AWS_CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=AWS_CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
    )
