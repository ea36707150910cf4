"""The bastion's AWS calls: its secrets, its address, its own identity."""

import json
import os
import urllib.error
import urllib.request
from typing import Any

from .config import Config

SECONDS, TRIES = 5, 2
"""Of waiting for a connection, and for an answer; and how often."""


def client(config: Config, service: str) -> Any:
    """A client with short timeouts: the next run is soon, and removing leavers must not wait."""
    import boto3  # noqa: PLC0415 - slow to import, and the helper never needs it
    from botocore.config import Config as Options  # noqa: PLC0415

    options = Options(connect_timeout=SECONDS, read_timeout=SECONDS, retries={"total_max_attempts": TRIES})
    # Read here because Ubuntu 24.04's boto3 dates from the time when the variable was introduced.
    endpoint = os.environ.get("AWS_ENDPOINT_URL")
    return boto3.client(service, region_name=config.region, config=options, endpoint_url=endpoint)


def secret(config: Config, arn: str) -> str:
    """The current value of a secret."""
    return str(client(config, "secretsmanager").get_secret_value(SecretId=arn)["SecretString"])


def metadata(config: Config, path: str) -> str:
    """A value of the instance metadata service, version 2. Empty if it does not exist."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    ask = urllib.request.Request(  # noqa: S310 - a constant http address of the hypervisor
        f"{config.metadata}/latest/api/token", method="PUT", headers={"X-aws-ec2-metadata-token-ttl-seconds": "60"}
    )
    with opener.open(ask, timeout=SECONDS) as answer:
        token = answer.read().decode()
    ask = urllib.request.Request(  # noqa: S310
        f"{config.metadata}/latest/meta-data/{path}", headers={"X-aws-ec2-metadata-token": token}
    )
    try:
        with opener.open(ask, timeout=SECONDS) as answer:
            return str(answer.read().decode())
    except urllib.error.HTTPError as fault:
        if fault.code == 404:  # noqa: PLR2004 - the service says so of what an instance does not have
            return ""
        raise


def take_address(config: Config) -> bool:
    """Attach the bastion's address to this instance; True if it had another one."""
    if not config.allocation or metadata(config, "public-ipv4") == config.address:
        return False
    instance = metadata(config, "instance-id")
    client(config, "ec2").associate_address(
        AllocationId=config.allocation, InstanceId=instance, AllowReassociation=True
    )
    return True


def document(text: str, fields: dict[str, str]) -> dict[str, str]:
    """A secret that is a JSON object of texts, each with its required prefix.

    Raises:
        ValueError: it is not; the message names the field, never its value.
    """
    try:
        values = json.loads(text)
    except ValueError:
        raise ValueError("the secret is not JSON") from None
    for name, start in fields.items():
        value = values.get(name) if isinstance(values, dict) else None
        if not isinstance(value, str) or not value.startswith(start):
            raise ValueError(f"the secret has no proper {name}")
    return {name: values[name] for name in fields}
