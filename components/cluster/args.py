"""Arguments of `Cluster`, and their validation (INH-4, VPN-MFA, AWS-SG)."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Final

import pulumi

from components.automation import AutomationPrincipal, automation_faults
from components.cluster.firewall import DNS_PORT, POD_PORTS
from components.cluster.node_group_args import NodeGroup
from components.context import AwsContext
from components.faults import (
    Arguments,
    Fault,
    repeated,
    unless_among,
    unless_matching,
    unless_ranges,
    unless_within,
)
from components.log_retention import retention_faults
from components.network.plan import service_range_faults
from components.people import Person, people_faults
from components.tags import Tags
from policies.guidelines.eks import (
    ADDON_VERSIONS,
    DEFAULT_VERSION,
    MOST_BOOTSTRAP_RANGES,
    WIDEST_BOOTSTRAP_PREFIX,
)
from policies.guidelines.exposure import PRIVATE

LEAST_ZONES = 2
SYSTEM_NAMESPACES = ("kube-system", "kube-public", "kube-node-lease", "amazon-cloudwatch", "amazon-guardduty")
UNREACHABLE: Final = tuple(ipaddress.IPv4Network(cidr) for cidr in PRIVATE if ":" not in cidr)
RULE_DESCRIPTION: Final = re.compile(r"[a-zA-Z0-9. _\-:/()#,@\[\]+=&;{}!$*]{1,255}")
"""What EC2 takes as the description of a rule."""
NAMESPACE_PATTERN: Final = re.compile(r"[a-z0-9*-]{1,63}")


@dataclass(frozen=True, kw_only=True)
class ClusterArgs(Arguments):
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
    """The VPC of the cluster and its nodes."""
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
    """EKS refuses every deletion of the cluster."""
    protect: bool = True
    """Pulumi refuses to delete or replace the cluster, its keys and its logs."""

    def faults(self) -> Iterator[Fault]:
        """Yield arguments that AWS or the guide would refuse."""
        yield from (fault.under("tags") for fault in self.tags.faults())
        yield from unless_among(("version",), self.version, ADDON_VERSIONS, "INH-4")
        yield from self._network_faults()
        yield from self._group_faults()
        yield from self._access_faults()
        yield from retention_faults(self.log_retention_days)

    def _network_faults(self) -> Iterator[Fault]:
        yield from self._bootstrap_faults()
        yield from service_range_faults(self.service_cidr, self.vpc_cidr)
        yield from unless_ranges(("node_subnet_cidrs",), self.node_subnet_cidrs.values(), "AWS-SG")
        for name, subnets in (
            ("control_plane_subnet_ids", self.control_plane_subnet_ids),
            ("node_subnet_ids", self.node_subnet_ids),
        ):
            if len(subnets) < LEAST_ZONES:
                found, allowed = f"{len(subnets)} zones are not enough", f"EKS demands {LEAST_ZONES}"
                yield Fault((name,), found, allowed, "INH-4")
        yield from self._port_faults()

    def _bootstrap_faults(self) -> Iterator[Fault]:
        path, requirement = ("bootstrap_cidrs",), "VPN-MFA"
        malformed = [*unless_ranges(path, self.bootstrap_cidrs, requirement)]
        yield from malformed
        for cidr in () if malformed else self.bootstrap_cidrs:
            network = ipaddress.IPv4Network(cidr)
            if network.prefixlen < WIDEST_BOOTSTRAP_PREFIX:
                allowed = f"give a /{WIDEST_BOOTSTRAP_PREFIX} to /32 of an office or a runner"
                yield Fault(path, f"{cidr} is not allowed", allowed, requirement)
            elif any(network.subnet_of(private) for private in UNREACHABLE):
                found, allowed = f"{cidr} is private, which EKS refuses", "give the address that the internet sees"
                yield Fault(path, found, allowed, requirement)
        if len(self.bootstrap_cidrs) > MOST_BOOTSTRAP_RANGES:
            found = f"{len(self.bootstrap_cidrs)} ranges are more than {MOST_BOOTSTRAP_RANGES}"
            yield Fault(path, found, "name fewer; the VPN is the way in", requirement)

    def _port_faults(self) -> Iterator[Fault]:
        for name, ports, requirement in (
            ("pod_ports", self.pod_ports, "AWS-SG"),
            ("egress_ports", self.egress_ports, "AWS-EGRESS"),
        ):
            for port, purpose in ports.items():
                path = (name, str(port))
                yield from unless_within(path, port, 1, 65535, requirement)
                if not RULE_DESCRIPTION.fullmatch(purpose):
                    allowed = "say what for in up to 255 of EC2's letters, a-z A-Z 0-9 and ._-:/()#,@[]+=&;{}!$*"
                    yield Fault(path, f"{purpose!r} is not allowed as its purpose", allowed, requirement)
        if DNS_PORT in self.pod_ports:
            found = "is open for CoreDNS already, and EC2 takes no rule twice"
            yield Fault(("pod_ports", str(DNS_PORT)), found, "leave it out", "AWS-SG")

    def _group_faults(self) -> Iterator[Fault]:
        path = ("node_groups",)
        yield from repeated(path, (group.name for group in self.node_groups), "INH-4")
        if not any(group.takes_anything and group.min_size for group in self.node_groups):
            allowed = "CoreDNS needs one group without such taints whose least size is 1 or more"
            yield Fault(path, "none takes pods without tolerations", allowed, "INH-4")
        for group in self.node_groups:
            yield from (fault.under("node_groups", group.name) for fault in group.faults())
            for zone in sorted(set(group.zones or ()) - set(self.node_subnet_ids)):
                found, allowed = (
                    f"{zone} is not a zone of the network",
                    f"choose from {', '.join(self.node_subnet_ids)}",
                )
                yield Fault(("node_groups", group.name, "zones"), found, allowed, "INH-4")

    def _access_faults(self) -> Iterator[Fault]:
        if not any(person.role == "admin" for person in self.people):
            found = "nobody has role admin; the cluster would have no administrator"
            yield Fault(("people",), found, "give one person the role admin", "VPN-MFA")
        yield from people_faults(self.people)
        yield from automation_faults(self.automation, self.people)
        path = ("operator_namespaces",)
        for pattern in self.operator_namespaces:
            allowed = "a namespace; * stands for any letters"
            yield from unless_matching(path, pattern, NAMESPACE_PATTERN, allowed, "INH-4")
            if reached := [name for name in SYSTEM_NAMESPACES if fnmatchcase(name, pattern)]:
                found = f"{pattern} reaches {', '.join(reached)}, where editing makes an administrator"
                yield Fault(path, found, "name the applications' namespaces", "INH-4")
