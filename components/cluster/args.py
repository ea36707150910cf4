"""What a cluster is made of, and what of it is refused before anything is registered (INH-4, VPN-MFA, AWS-SG)."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Final, Literal

import pulumi

from components.automation import AutomationPrincipal, automation_faults
from components.cluster.firewall import DNS_PORT, POD_PORTS
from components.context import AwsContext
from components.instance_types import architecture
from components.people import Person
from components.tags import Tags
from policies.guidelines.eks import (
    ADDON_VERSIONS,
    DEFAULT_VERSION,
    MOST_BOOTSTRAP_RANGES,
    WIDEST_BOOTSTRAP_PREFIX,
    Architecture,
    NodeImage,
)
from policies.guidelines.exposure import PRIVATE

LEAST_ZONES = 2
SYSTEM_NAMESPACES = ("kube-system", "kube-public", "kube-node-lease", "amazon-cloudwatch", "amazon-guardduty")
REPELLING = ("NO_SCHEDULE", "NO_EXECUTE")
UNREACHABLE: Final = tuple(ipaddress.IPv4Network(cidr) for cidr in PRIVATE if ":" not in cidr)
RULE_DESCRIPTION: Final = re.compile(r"[a-zA-Z0-9. _\-:/()#,@\[\]+=&;{}!$*]{1,255}")
"""What EC2 takes as the description of a rule."""
LABEL_KEY: Final = re.compile(
    r"(?:[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?/)?[A-Za-z0-9](?:[\w.-]{0,61}[A-Za-z0-9])?", re.A
)
LABEL_VALUE: Final = re.compile(r"(?:[A-Za-z0-9](?:[\w.-]{0,61}[A-Za-z0-9])?)?", re.A)
RESERVED_LABEL: Final = re.compile(
    r"(?:eks\.amazonaws\.com|(?!(?:node|kubelet)\.kubernetes\.io/)(?:[a-z0-9.-]+\.)?(?:kubernetes|k8s)\.io)/"
)
"""Labels that kubelet may not give its own node, and those that EKS gives."""


@dataclass(frozen=True, kw_only=True)
class Taint:
    """A taint of every node of a group."""

    key: str
    """Name of the taint."""
    value: str = ""
    """Its value; empty: none."""
    effect: Literal["NO_SCHEDULE", "NO_EXECUTE", "PREFER_NO_SCHEDULE"]
    """What happens to pods that do not tolerate it."""


@dataclass(frozen=True, kw_only=True)
class NodeGroup:
    """One managed node group.

    Changes of the disk, of labels and taints, and newer images roll through the group one node at a time. AWS can only
    replace a group for other instance types, another image, capacity or set of zones: then the new group is made first
    and the old one drained after it.
    """

    name: str
    """Part of the resource names: lower-case letters, digits, dashes."""
    instance_types: Sequence[str] = ("m7i.large",)
    """One, or for SPOT several of the same size and architecture."""
    image: NodeImage = "AL2023"
    """Operating system of the nodes."""
    capacity: Literal["ON_DEMAND", "SPOT"] = "ON_DEMAND"
    """How AWS sells them: SPOT is cheaper, and taken away with two minutes' notice."""
    min_size: int = 3
    """Nodes, at least."""
    max_size: int = 6
    """Nodes, at most."""
    desired_size: int = 3
    """Nodes; with `autoscaled`, at the start."""
    autoscaled: bool = False
    """Whether an autoscaler decides how many nodes there are, between `min_size` and `max_size`: then a later change of
    `desired_size` does nothing, and no update undoes what the autoscaler did."""
    disk_gib: int = 50
    """Size of the encrypted volume for images and pods, in GiB."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """Kubernetes labels of the nodes."""
    taints: Sequence[Taint] = ()
    """Kubernetes taints of the nodes."""
    zones: Sequence[str] | None = None
    """Letters of the zones it spreads over; None: all of the network's."""
    release: str | None = None
    """Release of the node image, such as 1.35.2-20260915; None: the newest when the group is made."""

    @property
    def takes_anything(self) -> bool:
        """Whether pods without tolerations run here."""
        return not any(taint.effect in REPELLING for taint in self.taints)


@dataclass(frozen=True, kw_only=True)
class ClusterArgs:
    """Arguments of `Cluster`."""

    context: AwsContext
    """Account and region that the cluster is for."""
    tags: Tags
    """Tags of every resource."""
    people: Sequence[Person]
    """Who may use the API, and as what; see access.py for what each role gets."""
    automation: Sequence[AutomationPrincipal] = ()
    """Programs that may use the API, such as CI."""
    vpc_id: pulumi.Input[str]
    """The VPC that cluster and nodes lie in."""
    vpc_cidr: str
    """The VPC's range, which the Services' must not overlap."""
    control_plane_subnet_ids: Mapping[str, pulumi.Input[str]]
    """Subnets for the control plane's interfaces, by zone letter: intra ones."""
    node_subnet_ids: Mapping[str, pulumi.Input[str]]
    """Subnets for nodes and pods, by zone letter: private ones."""
    node_subnet_cidrs: Mapping[str, str]
    """Their ranges, to tell whether the pods fit."""
    nodes_after: Sequence[pulumi.Resource] = ()
    """What nodes need in order to join: the network's `ways_out`. The control plane does not wait for it."""
    version: str = DEFAULT_VERSION
    """Kubernetes minor version; goes up one at a time, never down."""
    node_groups: Sequence[NodeGroup] = (NodeGroup(name="general"),)
    """At least one of them has to take pods without tolerations."""
    bootstrap_cidrs: Sequence[str] = ()
    """Opens a public endpoint to these /24 to /32 ranges, until the VPN works. Empty: private only (VPN-MFA)."""
    service_cidr: str = "172.20.0.0/16"
    """Addresses of Services. Changing it replaces the cluster."""
    operator_namespaces: Sequence[str] = ()
    """Namespaces, `*` allowed, in which operators may edit with EKS's own rights, besides what RBAC gives them."""
    pod_ports: Mapping[int, str] = field(default_factory=lambda: dict(POD_PORTS))
    """TCP ports on which pods of one node reach those of another, and what for (AWS-SG: there is no all-ports rule)."""
    egress_ports: Mapping[int, str] = field(default_factory=lambda: {443: "Image registries and AWS APIs over TLS"})
    """TCP ports on which nodes and pods may leave the VPC, and what for (AWS-EGRESS)."""
    application_signals: bool = False
    """Instrument every workload behind a Service for CloudWatch Application Signals; see `docs/operations.md`."""
    control_plane_log_exists: bool = False
    """The control plane's log group exists: creating it is refused, with the way out. EKS creates it again when it
    delivers the last lines of a cluster that was deleted."""
    log_retention_days: int = 365
    """Days that control-plane, container and node logs are kept; a value that CloudWatch Logs knows."""
    deletion_protection: bool = True
    """EKS refuses to delete the cluster, whoever asks."""
    protect: bool = True
    """Pulumi refuses to delete or replace the cluster, its keys and its logs."""

    def validate(self) -> None:
        """Refuse what AWS or the guide would refuse, all faults at once.

        Raises:
            ValueError: each fault names the argument, its value, what is allowed and the requirement.
        """
        faults = [
            *self._version_faults(),
            *self._network_faults(),
            *group_faults(self.node_groups, self.node_subnet_ids),
            *self._access_faults(),
        ]
        if faults:
            raise ValueError("\n".join(f"ClusterArgs.{fault}" for fault in faults))

    def _version_faults(self) -> list[str]:
        if self.version in ADDON_VERSIONS:
            return []
        return [f"version: {self.version} is not known; choose from {', '.join(ADDON_VERSIONS)} (INH-4)"]

    def _network_faults(self) -> list[str]:
        faults = [f"bootstrap_cidrs: {fault}" for fault in bootstrap_faults(self.bootstrap_cidrs)]
        if ipaddress.IPv4Network(self.service_cidr).overlaps(ipaddress.IPv4Network(self.vpc_cidr)):
            faults.append(
                f"service_cidr: {self.service_cidr} overlaps the VPC's {self.vpc_cidr}; "
                "choose a private range outside it (AWS-SG)"
            )
        for name, subnets in (("control_plane", self.control_plane_subnet_ids), ("node", self.node_subnet_ids)):
            if len(subnets) < LEAST_ZONES:
                faults.append(f"{name}_subnet_ids: {len(subnets)} zones; EKS demands {LEAST_ZONES} (INH-4)")
        return faults + port_faults(self.pod_ports, self.egress_ports)

    def _access_faults(self) -> list[str]:
        faults = []
        if not any(person.role == "admin" for person in self.people):
            faults.append("people: nobody has role admin; the cluster would have no administrator (VPN-MFA)")
        principals = [person.iam_principal for person in self.people]
        faults += [
            f"people: {principal} belongs to more than one person (SSH-USER)"
            for principal in sorted({one for one in principals if principals.count(one) > 1})
        ]
        faults += automation_faults(self.automation, self.people)
        return faults + namespace_faults(self.operator_namespaces)


def bootstrap_faults(cidrs: Sequence[str]) -> list[str]:
    """Why EKS's public endpoint is not opened to these ranges, a text each."""
    faults = []
    for cidr in cidrs:
        network = ipaddress.IPv4Network(cidr)
        if network.prefixlen < WIDEST_BOOTSTRAP_PREFIX:
            faults.append(
                f"{cidr} is not allowed; give a /{WIDEST_BOOTSTRAP_PREFIX} to /32 of an office or a runner (VPN-MFA)"
            )
        elif any(network.subnet_of(private) for private in UNREACHABLE):
            faults.append(f"{cidr} is private, which EKS refuses; give the address that the internet sees (VPN-MFA)")
    if len(cidrs) > MOST_BOOTSTRAP_RANGES:
        faults.append(f"{len(cidrs)} ranges are more than {MOST_BOOTSTRAP_RANGES}; the VPN is the way in (VPN-MFA)")
    return faults


def port_faults(pod_ports: Mapping[int, str], egress_ports: Mapping[int, str]) -> list[str]:
    """What is wrong with the nodes' ports, a text each that begins with the argument."""
    faults = [
        f"{name}.{port}: {what!r} does not say what for in up to 255 of EC2's letters, a-z A-Z 0-9 and"
        " ._-:/()#,@[]+=&;{}!$* (AWS-SG)"
        for name, ports in (("pod_ports", pod_ports), ("egress_ports", egress_ports))
        for port, what in ports.items()
        if not RULE_DESCRIPTION.fullmatch(what)
    ]
    if DNS_PORT in pod_ports:
        faults.append(f"pod_ports.{DNS_PORT}: is open for CoreDNS already, and EC2 takes no rule twice (AWS-SG)")
    return faults


def namespace_faults(patterns: Sequence[str]) -> list[str]:
    """What is wrong with the operators' namespaces, a text each that begins with the argument."""
    return [
        f"operator_namespaces: {pattern} reaches {', '.join(reached)}, where editing makes an "
        "administrator; name the applications' namespaces (INH-4)"
        for pattern in patterns
        if (reached := [name for name in SYSTEM_NAMESPACES if fnmatchcase(name, pattern)])
    ]


def architectures(groups: Sequence[NodeGroup]) -> list[Architecture]:
    """Architectures of the nodes that run pods without tolerations.

    Raises:
        ValueError: a group names what is not an instance type.
    """
    usable = [group for group in groups if group.takes_anything and group.max_size]
    return sorted({architecture(kind) for group in usable for kind in group.instance_types})


def group_faults(groups: Sequence[NodeGroup], zones: Collection[str]) -> list[str]:
    """What is wrong with node groups in a network of these zones, a text each that begins with the argument."""
    faults = []
    names = [group.name for group in groups]
    if len(set(names)) != len(names):
        faults.append(f"node_groups: {', '.join(names)}: each needs its own name (INH-4)")
    if not any(group.takes_anything and group.min_size for group in groups):
        faults.append(
            "node_groups: none takes pods without tolerations; "
            "CoreDNS needs one group without such taints whose least size is 1 or more (INH-4)"
        )
    for group in groups:
        faults += [f"node_groups.{group.name}{fault} (INH-4)" for fault in _faults_of(group, zones)]
    return faults


def _faults_of(group: NodeGroup, zones: Collection[str]) -> Iterator[str]:
    if not re.fullmatch(r"[a-z][a-z0-9-]{0,30}", group.name):
        yield ": the name must be lower-case letters, digits and dashes"
    if not 0 <= group.min_size <= group.desired_size <= group.max_size:
        yield ": sizes must be min_size <= desired_size <= max_size"
    try:
        if len({architecture(kind) for kind in group.instance_types}) != 1:
            yield f".instance_types: {', '.join(group.instance_types)} must share one architecture"
    except ValueError as fault:
        yield f".instance_types: {fault}"
    if strange := sorted(set(group.zones or ()) - set(zones)):
        yield f".zones: {', '.join(strange)} is not a zone of the network"
    if len(set(group.zones or ())) != len(group.zones or ()):
        yield f".zones: {', '.join(group.zones or ())}: each may be named once"
    for key, value in group.labels.items():
        if not LABEL_KEY.fullmatch(key) or not LABEL_VALUE.fullmatch(value):
            yield f".labels: {key}={value} is no label of Kubernetes, such as pool=spot"
        elif RESERVED_LABEL.match(key):
            yield f".labels: {key} is reserved: EKS and kubelet refuse it; choose a domain of yours"
    for taint in group.taints:
        if not LABEL_KEY.fullmatch(taint.key) or not LABEL_VALUE.fullmatch(taint.value):
            yield f".taints: {taint.key}={taint.value} is no taint of Kubernetes, such as gpu=yes"
