"""Route a request to its operation; requests without an operation here go to moto."""

from __future__ import annotations

import functools
import os
import re
from collections.abc import Mapping
from typing import Any, cast

from botocore.session import get_session
from moto.core.model import OperationModel, Shape
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.request import Request, determine_request_protocol
from moto.core.routing import get_service_router
from moto.core.serialize import get_serializer_class
from moto.iam.models import get_account_id_from
from werkzeug.exceptions import NotFound

from sandbox.emulator import validation
from sandbox.emulator.authorization import refusal
from sandbox.emulator.call import Call
from sandbox.emulator.errors import AwsError
from sandbox.emulator.services import OPERATIONS
from sandbox.emulator.store import LOCK

Answer = tuple[int, dict[str, str], str | bytes]

CREDENTIAL = re.compile(r"Credential=(?P<key>[^/]+)/\d+/(?P<region>[^/]+)/(?P<service>[^/]+)/aws4_request")
CLASSIC_LOAD_BALANCING = b"Version=2012-06-01"
UNREAD = frozenset({"s3", "s3-object-lambda", "s3express"})
"""Signing names of services whose bodies are objects: of their requests the operation alone is looked at."""

REFUSAL_CODES: Mapping[str, str] = {"ec2": "InvalidParameterValue", "eks": "InvalidParameterException"}
REFUSAL_CODES_BY_PROTOCOL: Mapping[str, str] = {"query": "ValidationError", "rest-xml": "InvalidInput"}


def answer(request: Request) -> Answer | None:
    """The response to a request; None if moto handles it."""
    scope = CREDENTIAL.search(request.headers.get("Authorization", ""))
    signing_name = scope["service"] if scope else ""
    service = "s3" if signing_name in UNREAD else _service(signing_name, request)
    if not scope or not service:
        return None
    try:
        operation, uri_params = get_service_router(service).match(request)
        protocol = determine_request_protocol(operation.service_model, request.content_type)
        parser = PROTOCOL_PARSERS[protocol](operation)
    except (NotFound, NotImplementedError, KeyError):
        return None
    account = os.environ.get("MOTO_ACCOUNT_ID") or get_account_id_from(scope["key"])
    refused = refusal(account, scope["key"], signing_name, str(operation.name), protocol)
    if refused is not None:
        return _serialized(service, protocol, operation, refused)
    if signing_name in UNREAD:
        return None
    params = parser.parse(
        {
            "method": request.method,
            "values": request.values,
            "headers": request.headers,
            "body": request.data,
            "url_path": request.path,
            "url_params": uri_params,
        }
    )
    result = _result(Call(service, str(operation.name), account, scope["region"], params), operation)
    if result is None:
        return None
    return _serialized(service, protocol, operation, result)


def _serialized(service: str, protocol: str, operation: OperationModel, result: Any) -> Answer:
    response = get_serializer_class(service, protocol)(operation).serialize(result)
    return response["status_code"], dict(response["headers"]), response["body"]


def _result(call: Call, operation: OperationModel) -> Mapping[str, Any] | AwsError | None:
    """The operation's result or error; None if moto handles it."""
    found = validation.faults(cast(Shape | None, operation.input_shape), call.params)
    if found:
        code = REFUSAL_CODES.get(call.service) or REFUSAL_CODES_BY_PROTOCOL.get(
            str(operation.service_model.protocol), "ValidationException"
        )
        plural = "" if len(found) == 1 else "s"
        return AwsError(code, f"{len(found)} validation error{plural} detected: {'; '.join(found)}")
    handler = OPERATIONS.get(call.service, {}).get(call.operation)
    if handler is None:
        return None
    try:
        with LOCK:
            return handler(call)
    except AwsError as refusal:
        return refusal


def _service(signing_name: str, request: Request) -> str | None:
    """botocore's name of the service for which a request is signed; None if unknown."""
    if signing_name == "elasticloadbalancing" and CLASSIC_LOAD_BALANCING in request.get_data():
        return "elb"
    return _services_by_signing_name().get(signing_name)


@functools.cache
def _services_by_signing_name() -> dict[str, str]:
    """Signing name -> service, where they differ among the services of the sandbox; otherwise they are equal."""
    differing = {"monitoring": "cloudwatch", "access-analyzer": "accessanalyzer", "elasticloadbalancing": "elbv2"}
    # Several services share these signing names; the sandbox uses none of them.
    shared = {"ses", "bedrock", "execute-api", "iotdata", "sagemaker", "mediastore", "dynamodb"}
    return {name: name for name in get_session().get_available_services() if name not in shared} | differing
