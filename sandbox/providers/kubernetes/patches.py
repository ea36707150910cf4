"""`<Kind>Patch`: some fields of an object that somebody else made. They are taken back when the resource goes."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from sandbox.providers.base import ProviderError
from sandbox.providers.kubernetes.api import FIELD_MANAGER, NOT_FOUND, Api

SUFFIX = "Patch"


def is_patch(type_: str) -> bool:
    """Whether a type token is a patch of an object."""
    return type_.endswith(SUFFIX)


def manager(urn: str, type_: str) -> str:
    """The field manager of a resource: a patch has one of its own, so that two of one object do not undo each other."""
    return f"{FIELD_MANAGER}-{hashlib.sha256(urn.encode()).hexdigest()[:8]}" if is_patch(type_) else FIELD_MANAGER


def require_target(api: Api, body: Mapping[str, Any]) -> None:
    """Raises:
    ProviderError: there is nothing to patch; applying would make a half object.
    """
    if api.get(body) is None:
        name = f"{body['kind']} {body['metadata']['name']}"
        raise ProviderError(f"{name} does not exist, so it cannot be patched", str(NOT_FOUND))


def take_back(api: Api, body: Mapping[str, Any], field_manager: str) -> None:
    """Removes what only this manager set, and leaves the object."""
    if api.get(body) is not None:
        named = {key: body["metadata"][key] for key in ("name", "namespace") if body["metadata"].get(key)}
        api.apply(
            {"apiVersion": body["apiVersion"], "kind": body["kind"], "metadata": named}, field_manager=field_manager
        )
