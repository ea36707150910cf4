"""Creating and changing objects, and taking over fields.

As Creation, Update and fixCSAFieldManagers of pulumi-kubernetes's provider/pkg/await/await.go.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sandbox.providers.base import ProviderError
from sandbox.providers.kubernetes.api import CONFLICT, FIELD_MANAGER, Api, ApiError
from sandbox.providers.kubernetes.configuration import PATCH_FORCE, UPSERT
from sandbox.providers.kubernetes.replacement import at

PATCH_FORCE_ANNOTATION = "pulumi.com/patchForce"
CREATORS = {FIELD_MANAGER, "pulumi-kubernetes.exe", "pulumi-resource-kubernetes"}
TAKEN_OVER = {("kubectl", "Apply")} | {(name, "Update") for name in (*CREATORS, "kubectl", "before-first-apply")}
"""(Manager, operation) whose fields an update of a whole object makes its own before it applies."""
Body = Mapping[str, Any]


def created(
    api: Api, body: Body, field_manager: str, flags: Collection[str], *, patch: bool, dry_run: bool
) -> dict[str, Any]:
    """Create an object; only a patch and an upsert are applied to an existing object.

    Raises:
        ApiError: the server refused.
    """
    if not patch and UPSERT not in flags:
        return api.create(body, dry_run=dry_run)
    return _applied(api, body, field_manager, dry_run=dry_run, force=dry_run or PATCH_FORCE in flags)


def changed(
    api: Api, body: Body, field_manager: str, flags: Collection[str], *, patch: bool, dry_run: bool
) -> dict[str, Any]:
    """Update an existing object.

    Raises:
        ApiError: it does not exist, or the server refused.
    """
    live = api.request("GET", api.path(body))
    if body["kind"] == "CustomResourceDefinition":
        metadata = {**body["metadata"], "resourceVersion": live["metadata"]["resourceVersion"]}
        return api.replace({**body, "metadata": metadata}, dry_run=dry_run, field_manager=field_manager)
    if not dry_run and not patch:
        live = _take_over(api, live, field_manager)
    managers = at(live, "metadata.managedFields") or []
    # Until its first update, the creating manager owns the object; the update itself corrects that.
    mine = dry_run and any(_is_creator(entry) for entry in managers)
    return _applied(api, body, field_manager, dry_run=dry_run, force=mine or not managers or PATCH_FORCE in flags)


def _applied(api: Api, body: Body, field_manager: str, *, dry_run: bool, force: bool) -> dict[str, Any]:
    """Server-side apply; the message of a conflict has the remedies."""
    forced = force or (at(body, "metadata.annotations") or {}).get(PATCH_FORCE_ANNOTATION) == "true"
    try:
        return api.apply(body, dry_run=dry_run, field_manager=field_manager, force=forced)
    except ApiError as fault:
        if fault.code != CONFLICT:
            raise
        hint = f"annotate the object with {PATCH_FORCE_ANNOTATION}: 'true' to take the fields over"
        message = f"{fault} (field manager {field_manager}); {hint}"
        raise ApiError(message, fault.status, CONFLICT) from None


def _take_over(api: Api, live: dict[str, Any], field_manager: str) -> dict[str, Any]:
    """Transfer the fields of creators and of kubectl to the manager; return the object."""
    managers = at(live, "metadata.managedFields") or []
    taken = [entry for entry in managers if _key(entry) in TAKEN_OVER]
    if not taken:
        return live
    own = [entry for entry in managers if _key(entry) == (field_manager, "Apply")]
    kept = [entry for entry in managers if entry not in taken and entry not in own]
    fields: dict[str, Any] = {}
    for entry in (*own, *taken):
        fields = _united(fields, entry.get("fieldsV1") or {})
    mine = {**(own or taken)[0], "manager": field_manager, "operation": "Apply", "fieldsV1": fields}
    version = {"op": "replace", "path": "/metadata/resourceVersion", "value": live["metadata"]["resourceVersion"]}
    patch = [{"op": "replace", "path": "/metadata/managedFields", "value": [mine, *kept]}, version]
    return api.request("PATCH", api.path(live), patch, content_type="application/json-patch+json")


def relinquish(api: Api, body: Body, field_manager: str) -> None:
    """Give up all fields of the manager; the object stays.

    Raises:
        ProviderError: no other manager has a required field of the object.
    """
    names = {key: body["metadata"][key] for key in ("name", "namespace") if body["metadata"].get(key)}
    least = {"apiVersion": body["apiVersion"], "kind": body["kind"], "metadata": names}
    try:
        api.apply(least, field_manager=field_manager)
    except ApiError as fault:
        if fault.code != "Invalid":
            raise
        message = f"the patch manages a field that the object needs, set `retain_on_delete`: {fault}"
        raise ProviderError(message, fault.code) from None


def _key(entry: Body) -> tuple[str, str]:
    return ("", "") if entry.get("subresource") else (entry["manager"], entry["operation"])


def _is_creator(entry: Body) -> bool:
    return entry["manager"] in CREATORS and entry["operation"] == "Update"


def _united(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    return {key: _united(one.get(key, {}), other.get(key, {})) for key in (*one, *other)}
