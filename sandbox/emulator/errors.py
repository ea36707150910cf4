"""Errors with AWS's codes."""

from __future__ import annotations

from typing import Any

from moto.core.exceptions import ServiceException


class AwsError(ServiceException):
    """An error response of AWS.

    Args:
        code: a code of the service's model, such as ResourceNotFoundException; it decides the HTTP status.
        message: in AWS's wording.
        members: further members of this error in the model, such as clusterName.
    """

    def __init__(self, code: str, message: str, **members: Any) -> None:
        super().__init__(code, message)
        for name, value in members.items():
            setattr(self, name, value)


def not_found(message: str, **members: Any) -> AwsError:
    """The response to a name that does not exist, in the newer services."""
    return AwsError("ResourceNotFoundException", message, **members)
