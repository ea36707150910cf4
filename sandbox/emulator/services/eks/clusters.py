"""Clusters of EKS."""

from __future__ import annotations

import base64
import datetime
import functools
import os
import secrets
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from sandbox.emulator import API_SERVER_VARIABLE, AUTHORITY_VARIABLE
from sandbox.emulator.call import Call, Operation, now, page
from sandbox.emulator.errors import AwsError
from sandbox.emulator.services import logs
from sandbox.emulator.services.eks import access, catalogue, cluster_network
from sandbox.emulator.services.eks.common import (
    Json,
    cluster_of,
    clusters,
    forget,
    in_use,
    invalid,
    need_role,
    nodegroups,
    record_update,
)
from sandbox.emulator.services.eks.node_boot import SELF_MANAGED

PLAIN_SETTINGS = {
    "upgradePolicy": "UpgradePolicyUpdate",
    "zonalShiftConfig": "ZonalShiftConfigUpdate",
    "deletionProtection": "DeletionProtectionUpdate",
    "controlPlaneScalingConfig": "ControlPlaneScalingConfigUpdate",
    "remoteNetworkConfig": "RemoteNetworkConfigUpdate",
    "kubeApiServerConfig": "ControlPlaneComponentConfigUpdate",
    "kubeSchedulerConfig": "ControlPlaneComponentConfigUpdate",
    "kubeControllerManagerConfig": "ControlPlaneComponentConfigUpdate",
}
"""Settings that are kept as given -> type of the update that changes them."""
AUTO_MODE = ("computeConfig", "kubernetesNetworkConfig", "storageConfig")
"""Settings that are changed together, or not at all."""


def create_cluster(call: Call) -> Json:
    name = call["name"]
    if name in clusters(call):
        raise in_use(f"Cluster already exists with name: {name}", clusterName=name)
    need_role(call, call["roleArn"], "eks.amazonaws.com")
    version = call.get("version") or catalogue.DEFAULT_VERSION
    if version not in catalogue.VERSIONS:
        raise invalid(f"unsupported Kubernetes version {version}")
    given = call.get("accessConfig") or {}
    mode = given.get("authenticationMode", "CONFIG_MAP")
    creator_is_admin = given.get("bootstrapClusterCreatorAdminPermissions", True)
    key = secrets.token_hex(16).upper()
    cluster: Json = {
        "name": name,
        "arn": call.arn("eks", f"cluster/{name}"),
        "createdAt": now(),
        "version": version,
        "endpoint": _endpoint(call, key),
        "roleArn": call["roleArn"],
        "kubernetesNetworkConfig": {
            "serviceIpv4Cidr": "172.20.0.0/16",
            "ipFamily": "ipv4",
            "elasticLoadBalancing": {"enabled": False},
        }
        | (call.get("kubernetesNetworkConfig") or {}),
        "logging": _logging(call.get("logging") or {}, _logging({}, None)),
        "identity": {"oidc": {"issuer": f"https://oidc.eks.{call.region}.amazonaws.com/id/{key}"}},
        "status": "ACTIVE",
        "certificateAuthority": {"data": _authority()},
        "platformVersion": "eks.1",
        "tags": dict(call.get("tags") or {}),
        "encryptionConfig": _encryption(call),
        "health": {"issues": []},
        "accessConfig": {"authenticationMode": mode, "bootstrapClusterCreatorAdminPermissions": creator_is_admin},
        "upgradePolicy": {"supportType": "EXTENDED"},
        "deletionProtection": False,
        "controlPlaneScalingConfig": {"tier": "standard"},
        "computeConfig": call.get("computeConfig"),
        "storageConfig": call.get("storageConfig"),
        SELF_MANAGED: call.get(SELF_MANAGED, True),
    }
    cluster |= {setting: call[setting] for setting in PLAIN_SETTINGS if call.get(setting) is not None}
    cluster["resourcesVpcConfig"] = cluster_network.make_network(call, name, call["resourcesVpcConfig"])
    clusters(call)[name] = cluster
    if creator_is_admin and mode != "CONFIG_MAP":
        access.admit_creator(call, name)
    return {"cluster": cluster}


def describe_cluster(call: Call) -> Json:
    return {"cluster": cluster_of(call, call["name"])}


def list_clusters(call: Call) -> Json:
    return page(call, sorted(clusters(call)), "clusters")


def delete_cluster(call: Call) -> Json:
    cluster = cluster_of(call, call["name"])
    name = cluster["name"]
    if cluster["deletionProtection"]:
        raise AwsError(
            "InvalidRequestException",
            f"Cluster {name} has deletion protection enabled. Disable deletion protection and try again.",
            clusterName=name,
        )
    attached = nodegroups(call, name)
    if attached:
        raise in_use("Cluster has nodegroups attached", clusterName=name, nodegroupName=",".join(attached))
    if any(each["enabled"] for each in cluster["logging"]["clusterLogging"]):
        logs.deliver_later(call, name)
    cluster_network.remove_network(call, name, cluster["resourcesVpcConfig"])
    # Add-ons, access entries and associations are deleted with the cluster.
    forget(call, name)
    del clusters(call)[name]
    return {"cluster": cluster | {"status": "DELETING"}}


def update_cluster_config(call: Call) -> Json:
    cluster = cluster_of(call, call["name"])
    changes = _kinds_of_change(call)
    if len(changes) != 1:
        raise invalid(
            f"Exactly one type of update is allowed in a request, got: {', '.join(sorted(changes)) or 'none'}",
            clusterName=call["name"],
        )
    (kind,) = changes
    if kind == "vpc":
        return _update_network(call, cluster)
    if kind == "logging":
        wanted = _logging(call["logging"], cluster["logging"])
        if wanted == cluster["logging"]:
            raise invalid("No changes needed for the logging config provided", clusterName=call["name"])
        cluster["logging"] = wanted
        return record_update(call, call["name"], "LoggingUpdate", {"ClusterLogging": call["logging"]})
    if kind == "accessConfig":
        return _update_access(call, cluster)
    changed = {setting: call[setting] for setting in (*PLAIN_SETTINGS, *AUTO_MODE) if call.get(setting) is not None}
    for setting, value in changed.items():
        cluster[setting] = {**cluster[setting], **value} if isinstance(cluster.get(setting), dict) else value
    parameters = {setting[0].upper() + setting[1:]: value for setting, value in changed.items()}
    return record_update(call, call["name"], PLAIN_SETTINGS.get(kind, "AutoModeUpdate"), parameters)


def _kinds_of_change(call: Call) -> set[str]:
    """The change in a request; EKS accepts one kind at a time."""
    kinds = {setting for setting in PLAIN_SETTINGS if call.get(setting) is not None}
    if any(call.get(setting) is not None for setting in AUTO_MODE):
        kinds.add("computeConfig")
    kinds |= {setting for setting in ("logging", "accessConfig") if call.get(setting) is not None}
    if call.get("resourcesVpcConfig") is not None:
        kinds.add("vpc")
    return kinds


def _update_network(call: Call, cluster: Json) -> Json:
    current, given = cluster["resourcesVpcConfig"], call["resourcesVpcConfig"]
    places = {"subnetIds", "securityGroupIds"} & given.keys()
    doors = {"endpointPublicAccess", "endpointPrivateAccess", "publicAccessCidrs"} & given.keys()
    if places and doors:
        raise invalid("Only one type of update can be allowed.", clusterName=call["name"])
    if places:
        subnets = cluster_network.subnets_of(call, given.get("subnetIds") or current["subnetIds"])
        if subnets[0].vpc_id != current["vpcId"]:
            raise invalid("Provided subnets must belong to the VPC of the cluster", clusterName=call["name"])
        cluster_network.check_zones(call, call["name"], subnets)
        cluster_network.check_groups(call, given.get("securityGroupIds") or [], current["vpcId"])
        current |= {place: list(given[place]) for place in places}
        cluster_network.attach(call, call["name"], current)
        return record_update(
            call,
            call["name"],
            "VpcConfigUpdate",
            {"Subnets": current["subnetIds"], "SecurityGroups": current["securityGroupIds"]},
        )
    wanted = cluster_network.endpoint_access(given, current)
    if all(current[name] == value for name, value in wanted.items()):
        raise invalid(
            "Cluster is already at the desired configuration with endpointPrivateAccess: "
            f"{str(current['endpointPrivateAccess']).lower()} , endpointPublicAccess: "
            f"{str(current['endpointPublicAccess']).lower()}, and Public Endpoint Restrictions: "
            f"[{', '.join(current['publicAccessCidrs'])}]",
            clusterName=call["name"],
        )
    current |= wanted
    return record_update(
        call,
        call["name"],
        "EndpointAccessUpdate",
        {
            "EndpointPublicAccess": wanted["endpointPublicAccess"],
            "EndpointPrivateAccess": wanted["endpointPrivateAccess"],
            "PublicAccessCidrs": wanted["publicAccessCidrs"],
        },
    )


def _update_access(call: Call, cluster: Json) -> Json:
    order = ("CONFIG_MAP", "API_AND_CONFIG_MAP", "API")
    current, wanted = cluster["accessConfig"]["authenticationMode"], call["accessConfig"]["authenticationMode"]
    if order.index(wanted) <= order.index(current):
        raise invalid(f"Unsupported authentication mode update from {current} to {wanted}", clusterName=call["name"])
    cluster["accessConfig"]["authenticationMode"] = wanted
    return record_update(call, call["name"], "AccessConfigUpdate", {"AuthenticationMode": wanted})


def update_cluster_version(call: Call) -> Json:
    cluster = cluster_of(call, call["name"])
    current, wanted = cluster["version"], call["version"]
    if wanted not in catalogue.VERSIONS:
        raise invalid(f"unsupported Kubernetes version {wanted}", clusterName=call["name"])
    if wanted == current:
        raise invalid(f"Cluster is already at the desired version {wanted}", clusterName=call["name"])
    if catalogue.number(wanted) != catalogue.number(current) + 1:
        raise invalid(
            f"Unsupported Kubernetes minor version update from {current} to {wanted}", clusterName=call["name"]
        )
    cluster["version"] = wanted
    return record_update(
        call, call["name"], "VersionUpdate", {"Version": wanted, "PlatformVersion": cluster["platformVersion"]}
    )


def associate_encryption_config(call: Call) -> Json:
    cluster = cluster_of(call)
    if cluster["encryptionConfig"]:
        raise invalid("Cluster already has encryption configuration", clusterName=call["clusterName"])
    cluster["encryptionConfig"] = _encryption(call)
    return record_update(
        call, call["clusterName"], "AssociateEncryptionConfig", {"EncryptionConfig": call["encryptionConfig"]}
    )


def describe_cluster_versions(call: Call) -> Json:
    today = now().date()
    wanted = call.get("clusterVersions") or list(catalogue.VERSIONS)
    listed = []
    for version, support in sorted(catalogue.VERSIONS.items(), reverse=True):
        standard = today < support.standard_until
        if version in wanted and (today < support.extended_until or call.get("includeAll")):
            listed.append(
                {
                    "clusterVersion": version,
                    "clusterType": "eks",
                    "defaultPlatformVersion": "eks.1",
                    "defaultVersion": version == catalogue.DEFAULT_VERSION,
                    "endOfStandardSupportDate": _midnight(support.standard_until),
                    "endOfExtendedSupportDate": _midnight(support.extended_until),
                    "status": "standard-support" if standard else "extended-support",
                    "versionStatus": "STANDARD_SUPPORT" if standard else "EXTENDED_SUPPORT",
                    "kubernetesPatchVersion": f"{version}.0",
                }
            )
    return page(call, listed, "clusterVersions")


def _midnight(day: datetime.date) -> datetime.datetime:
    return datetime.datetime(day.year, day.month, day.day)


def _logging(given: Json, current: Json | None) -> Json:
    """The enabled logs, `given` over `current`, in EKS's response format."""
    enabled = set()
    for setting in (*(current or {}).get("clusterLogging", []), *given.get("clusterLogging", [])):
        types = set(setting.get("types") or [])
        enabled = enabled | types if setting.get("enabled") else enabled - types
    listed = [
        {"types": [log for log in catalogue.CONTROL_PLANE_LOGS if (log in enabled) is state], "enabled": state}
        for state in (True, False)
    ]
    return {"clusterLogging": [setting for setting in listed if setting["types"]]}


def _encryption(call: Call) -> list[Json]:
    """The encryption configuration; its key must exist."""
    configs = call.get("encryptionConfig") or []
    for config in configs:
        arn = (config.get("provider") or {}).get("keyArn", "")
        if config.get("resources") != ["secrets"]:
            raise invalid("Encryption config resources must be ['secrets']")
        if not any(key.arn == arn for key in call.moto("kms").keys.values()):
            raise invalid(f"The key ARN {arn} is not valid: the key does not exist in this account and region")
    return configs


def _endpoint(call: Call, key: str) -> str:
    """This machine's API server for the first cluster, the only one it serves; other clusters have none."""
    server = os.environ.get(API_SERVER_VARIABLE)
    taken = any(cluster["endpoint"] == server for cluster in clusters(call).values())
    return server if server and not taken else f"https://{key}.gr7.{call.region}.eks.amazonaws.com"


def _authority() -> str:
    """The API server's CA in EKS's format: PEM in base64."""
    path = os.environ.get(AUTHORITY_VARIABLE)
    return base64.b64encode(Path(path).read_bytes() if path else _made_authority()).decode()


@functools.cache
def _made_authority() -> bytes:
    """A certificate for clusters without a real API server behind them."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "kubernetes")])
    made = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(made)
        .not_valid_after(made + datetime.timedelta(days=3650))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    return certificate.public_bytes(serialization.Encoding.PEM)


OPERATIONS: dict[str, Operation] = {
    "CreateCluster": create_cluster,
    "DescribeCluster": describe_cluster,
    "ListClusters": list_clusters,
    "DeleteCluster": delete_cluster,
    "UpdateClusterConfig": update_cluster_config,
    "UpdateClusterVersion": update_cluster_version,
    "AssociateEncryptionConfig": associate_encryption_config,
    "DescribeClusterVersions": describe_cluster_versions,
}
