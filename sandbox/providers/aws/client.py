"""Requests to AWS: one client per service, arguments in the service model's format, errors in AWS's wording."""

from __future__ import annotations

import functools
import re
import threading
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import boto3
import jmespath
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from sandbox.providers.base import ProviderError

# A host name with the bucket's name in front of the endpoint's does not resolve to loopback.
ON_LOOPBACK = Config(s3={"addressing_style": "path"}, max_pool_connections=50)
# Error codes of AWS's services for a missing resource.
GONE = ("NotFound", "NoSuch", "DoesNotExist", "404", "ResourceNotFoundException", "InvalidAMIID.Unavailable")


def without_account_in_host(request: AWSRequest, **_: object) -> None:
    """A host name with the account ID in front does not resolve to loopback; a header contains the ID as well."""
    parts = urlsplit(str(request.url))
    host = re.sub(r"^\d{12}\.(?=127\.)", "", parts.netloc)
    request.url = parts._replace(netloc=host).geturl()


class AwsError(ProviderError):
    """AWS refused a request."""

    @property
    def gone(self) -> bool:
        """Whether the requested resource does not exist."""
        return any(word in self.code for word in GONE)


class Aws:
    """The services of one region.

    Args:
        region: such as eu-central-1.
        default_tags: the default tags in the provider's configuration.
    """

    def __init__(self, region: str, default_tags: Mapping[str, str]) -> None:
        self.region, self.default_tags = region, dict(default_tags)
        self._session = boto3.Session(region_name=region)
        self._lock = threading.Lock()

    @functools.cache  # noqa: B019 - an Aws lives as long as its plugin
    def _client(self, service: str) -> Any:
        client = self._session.client(service, config=ON_LOOPBACK)
        client.meta.events.register("before-sign.s3-control", without_account_in_host)
        return client

    def call(self, service: str, operation: str, **params: Any) -> dict[str, Any]:
        """Send a request; boto3 validates it with the service's model before it is sent.

        Raises:
            AwsError: AWS refused, or the service has no such request.
        """
        with self._lock:  # creating a client is not thread-safe; using it is
            client = self._client(service)
        try:
            return getattr(client, operation)(**{key: value for key, value in params.items() if value is not None})
        except ClientError as fault:
            error = fault.response["Error"]
            raise AwsError(f"{service}.{operation}: {error['Code']}: {error['Message']}", error["Code"]) from None
        except (BotoCoreError, ResponseParserError) as fault:
            raise AwsError(f"{service}.{operation}: {fault}", type(fault).__name__) from None

    def find(self, service: str, operation: str, path: str, **params: Any) -> Any:
        """The value at a JMESPath of the response; None if it, or the resource, does not exist."""
        try:
            return jmespath.search(path, self.call(service, operation, **params))
        except AwsError as fault:
            if fault.gone:
                return None
            raise

    def gone(self, service: str, operation: str, **params: Any) -> None:
        """Send a deletion; a missing resource is not an error."""
        try:
            self.call(service, operation, **params)
        except AwsError as fault:
            if not fault.gone:
                raise

    @functools.cached_property
    def account_id(self) -> str:
        """The account, twelve digits."""
        return self.call("sts", "get_caller_identity")["Account"]

    @property
    def partition(self) -> str:
        """The partition of the region, such as aws."""
        return self._session.get_partition_for_region(self.region)

    def arn(self, service: str, resource: str, *, regional: bool = True) -> str:
        """The ARN of a resource of this account."""
        return f"arn:{self.partition}:{service}:{self.region if regional else ''}:{self.account_id}:{resource}"

    def shaped(self, service: str, operation: str, inputs: Mapping[str, Any], **renamed: str) -> dict[str, Any]:
        """Inputs as the operation's parameters: names match except for case, `renamed` has the exceptions.

        Raises:
            AwsError: an input is not a parameter of the operation.
        """
        with self._lock:
            client = self._client(service)
        model = client.meta.service_model.operation_model(client.meta.method_to_api_mapping[operation])
        plain = {renamed.get(key, key): value for key, value in inputs.items() if value is not None}
        return place(plain, model.input_shape, f"{service}.{operation}")


def place(value: Any, shape: Any, path: str) -> Any:
    """The value in the format of a botocore shape: names by the model, text converted to numbers and booleans.

    Raises:
        AwsError: the shape has no such member.
    """
    if shape.type_name == "structure":
        members = {name.lower(): name for name in shape.members}
        placed = {}
        for key, item in value.items():
            name = members.get(key.lower())
            if name is None:
                raise AwsError(f"{path} has no member {key}", "UnknownParameter")
            if item is not None:
                placed[name] = place(item, shape.members[name], f"{path}.{name}")
        return placed
    if shape.type_name == "list":
        return [place(item, shape.member, path) for item in (value if isinstance(value, list) else [value])]
    if shape.type_name == "map":
        return {key: place(item, shape.value, path) for key, item in value.items()}
    if shape.type_name == "boolean":
        return value if isinstance(value, bool) else str(value).lower() == "true"
    if shape.type_name in ("integer", "long"):
        return int(value)
    return float(value) if shape.type_name in ("float", "double") else value


def camel_cased(answer: Any) -> Any:
    """A response with its names in camelCase, like the provider's outputs."""
    if isinstance(answer, dict):
        return {camel(key): camel_cased(value) for key, value in answer.items()}
    return [camel_cased(item) for item in answer] if isinstance(answer, list) else answer


def camel(name: str) -> str:
    """CidrBlock -> cidrBlock, KMSKeyId -> kmsKeyId, ARN -> arn."""
    head = len(name) - len(name.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"))
    if head == len(name):
        return name.lower()
    return name[: max(1, head - 1)].lower() + name[max(1, head - 1) :]


def tag_list(tags: Mapping[str, str] | None, key: str = "Key", value: str = "Value") -> list[dict[str, str]]:
    """Tags in the format of most services' requests."""
    return [{key: name, value: str(text)} for name, text in sorted((tags or {}).items())]


def tag_map(tags: list[dict[str, str]] | None, key: str = "Key", value: str = "Value") -> dict[str, str]:
    """Tags from most services' responses, without AWS's own."""
    return {tag[key]: tag[value] for tag in tags or [] if not tag[key].startswith("aws:")}
