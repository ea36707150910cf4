"""Add-ons of EKS, as records: nothing is installed into a cluster."""

from __future__ import annotations

import json

import yaml

from sandbox.emulator.call import Call, Operation, now, page
from sandbox.emulator.errors import not_found
from sandbox.emulator.services.eks import addon_schemas, catalogue, pod_identity
from sandbox.emulator.services.eks.common import (
    Json,
    addons,
    associations,
    cluster_of,
    in_use,
    invalid,
    need_role,
    record_update,
)


def create_addon(call: Call) -> Json:
    cluster = cluster_of(call)
    cluster_name, name = call["clusterName"], call["addonName"]
    offered = catalogue.builds(name, cluster["version"])
    if name in addons(call, cluster_name):
        raise in_use("Addon already exists.", clusterName=cluster_name, addonName=name)
    if not offered:
        raise invalid(f"Addon {name} specified is not supported", clusterName=cluster_name, addonName=name)
    version = call.get("addonVersion") or offered[0]
    _check(call, version, offered)
    product = catalogue.PRODUCTS[name]
    addon: Json = {
        "addonName": name,
        "clusterName": cluster_name,
        "status": "ACTIVE",
        "addonVersion": version,
        "health": {"issues": []},
        "addonArn": call.arn("eks", f"addon/{cluster_name}/{name}/{call.id}"),
        "createdAt": now(),
        "modifiedAt": now(),
        "serviceAccountRoleArn": call.get("serviceAccountRoleArn"),
        "tags": dict(call.get("tags") or {}),
        "publisher": "eks",
        "owner": "aws",
        "configurationValues": call.get("configurationValues"),
        "podIdentityAssociations": [],
        "namespaceConfig": call.get("namespaceConfig") or {"namespace": product.namespace},
    }
    addons(call, cluster_name)[name] = addon
    _associate(call, addon)
    return {"addon": addon}


def describe_addon(call: Call) -> Json:
    return {"addon": _addon(call)}


def list_addons(call: Call) -> Json:
    cluster_of(call)
    return page(call, sorted(addons(call, call["clusterName"])), "addons")


def update_addon(call: Call) -> Json:
    addon = _addon(call)
    version = call.get("addonVersion") or addon["addonVersion"]
    _check(call, version, catalogue.builds(call["addonName"], cluster_of(call)["version"]))
    given = {
        name: call[name] for name in ("serviceAccountRoleArn", "configurationValues") if call.get(name) is not None
    }
    addon |= {**given, "addonVersion": version, "modifiedAt": now()}
    parameters = {name[0].upper() + name[1:]: value for name, value in {"addonVersion": version, **given}.items()}
    if call.get("podIdentityAssociations") is not None:
        _associate(call, addon)
        parameters["PodIdentityAssociations"] = call["podIdentityAssociations"]
    return record_update(call, call["clusterName"], "AddonUpdate", parameters, addon=call["addonName"])


def delete_addon(call: Call) -> Json:
    addon = _addon(call)
    _drop_associations(call, addon)
    del addons(call, call["clusterName"])[call["addonName"]]
    return {"addon": addon | {"status": "DELETING"}}


def describe_addon_versions(call: Call) -> Json:
    minors = [call["kubernetesVersion"]] if call.get("kubernetesVersion") else list(catalogue.VERSIONS)
    if call.get("addonName") and call["addonName"] not in catalogue.PRODUCTS:
        raise not_found(f"Addon {call['addonName']} not found", addonName=call["addonName"])
    listed = []
    for name, product in catalogue.PRODUCTS.items():
        compatible: dict[str, list[Json]] = {}
        for minor in minors:
            for index, build in enumerate(catalogue.builds(name, minor)):
                compatible.setdefault(build, []).append(
                    {"clusterVersion": minor, "platformVersions": ["*"], "defaultVersion": index == 0}
                )
        if (
            not compatible
            or call.get("addonName", name) != name
            or product.type not in (call.get("types") or [product.type])
        ):
            continue
        listed.append(
            {
                "addonName": name,
                "type": product.type,
                "publisher": "eks",
                "owner": "aws",
                "defaultNamespace": product.namespace,
                "addonVersions": [
                    {
                        "addonVersion": build,
                        "architecture": ["amd64", "arm64"],
                        "computeTypes": ["ec2", "auto", "hybrid"],
                        "compatibilities": compatibilities,
                        "requiresConfiguration": False,
                        "requiresIamPermissions": product.service_account is not None,
                    }
                    for build, compatibilities in compatible.items()
                ],
            }
        )
    return page(call, listed, "addons")


def describe_addon_configuration(call: Call) -> Json:
    name, version = call["addonName"], call["addonVersion"]
    if not any(version in catalogue.builds(name, minor) for minor in catalogue.VERSIONS):
        raise not_found(f"Addon {name} version {version} not found", addonName=name)
    account = catalogue.PRODUCTS[name].service_account
    return {
        "addonName": name,
        "addonVersion": version,
        "configurationSchema": json.dumps(addon_schemas.schema(name)),
        "podIdentityConfiguration": [{"serviceAccount": account, "recommendedManagedPolicies": []}] if account else [],
    }


def _addon(call: Call) -> Json:
    cluster_of(call)
    found = addons(call, call["clusterName"]).get(call["addonName"])
    if found is None:
        raise not_found(
            f"No addon: {call['addonName']} found in cluster: {call['clusterName']}",
            clusterName=call["clusterName"],
            addonName=call["addonName"],
        )
    return found


def _check(call: Call, version: str, offered: list[str]) -> None:
    """Refuse a build for another Kubernetes minor version, and invalid configuration of the add-on."""
    subject = {"clusterName": call["clusterName"], "addonName": call["addonName"]}
    if version not in offered:
        raise invalid("Addon version specified is not supported", **subject)
    if call.get("serviceAccountRoleArn"):
        need_role(call, call["serviceAccountRoleArn"])
    for wanted in call.get("podIdentityAssociations") or []:
        need_role(call, wanted["roleArn"])
    if call.get("configurationValues"):
        try:
            values = yaml.safe_load(call["configurationValues"])
        except yaml.YAMLError as fault:
            raise invalid(
                "ConfigurationValue provided in request is not supported: not JSON or YAML", **subject
            ) from fault
        if faults := addon_schemas.faults(call["addonName"], values):
            # In the wording of aws/containers-roadmap #2216.
            raise invalid(
                "ConfigurationValue provided in request is not supported: Json schema validation failed with error: "
                f"[{', '.join(faults)}]",
                **subject,
            )


def _associate(call: Call, addon: Json) -> None:
    """Replace the add-on's Pod Identity associations by those in the request."""
    _drop_associations(call, addon)
    addon["podIdentityAssociations"] = [
        pod_identity.associate(
            call, addon["namespaceConfig"]["namespace"], wanted["serviceAccount"], wanted["roleArn"], addon["addonArn"]
        )["associationArn"]
        for wanted in call.get("podIdentityAssociations") or []
    ]


def _drop_associations(call: Call, addon: Json) -> None:
    table = associations(call, call["clusterName"])
    for id_ in [id_ for id_, each in table.items() if each["ownerArn"] == addon["addonArn"]]:
        del table[id_]


OPERATIONS: dict[str, Operation] = {
    "CreateAddon": create_addon,
    "DescribeAddon": describe_addon,
    "ListAddons": list_addons,
    "UpdateAddon": update_addon,
    "DeleteAddon": delete_addon,
    "DescribeAddonVersions": describe_addon_versions,
    "DescribeAddonConfiguration": describe_addon_configuration,
}
