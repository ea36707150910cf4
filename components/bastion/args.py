"""What the bastion is made of, and what of it is refused before anything is registered (VPN-MFA, AWS-SG)."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import pulumi
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from components.bastion import openvpn
from components.bastion.agent.access import NAME
from components.bastion.images import IMAGES, ImageName
from components.cluster.firewall import API_PORT
from components.context import AwsContext
from components.people import Person
from components.tags import Tags
from policies.guidelines import tls

CURVES: Final = {"P256": "secp256r1", "P384": "secp384r1"}

_SYSTEM_NAMES: Final = """
    _apt _chrony adm admin audio backup bin cdrom crontab daemon dialout dip disk docker fax floppy games gnats input
    irc kmem kvm landscape list lp lxd mail man messagebus netdev news nobody nogroup operator palisade-ssh
    palisade-vpn plugdev pollinate polkitd proxy render root sasl sgx shadow src sshd staff sudo sync sys syslog
    systemd-journal systemd-network systemd-resolve systemd-timesync tape tcpdump tss tty ubuntu usbmux users utmp
    uucp uuidd video voice www-data
"""
SYSTEM_NAMES: Final = frozenset(_SYSTEM_NAMES.split())
"""Accounts and groups of Ubuntu's images and of the bastion: a person of such a name could not get an account."""


@dataclass(frozen=True, kw_only=True)
class Totp:
    """The second factor is a six-digit code of each person's authenticator application (RFC 6238); no third party."""


@dataclass(frozen=True, kw_only=True)
class Duo:
    """The second factor is Duo: push, telephone or passcode."""

    api_host: str
    """Such as api-0123abcd.duosecurity.com."""
    integration_key: str
    """Names the application; no secret."""
    secret_key: pulumi.Input[str] = field(repr=False)
    """Signs what is asked of Duo. Kept in Secrets Manager and on the bastion, nowhere else."""


@dataclass(frozen=True, kw_only=True)
class VpnBastionArgs:
    """Arguments of `VpnBastion`."""

    context: AwsContext
    """Account and region that the bastion is for."""
    tags: Tags
    """Tags of every resource."""
    people: Sequence[Person]
    """Everybody who may connect; admins and operators also get an SSH account."""
    vpc_id: pulumi.Input[str]
    """The VPC that people are let into."""
    public_subnet_ids: Mapping[str, pulumi.Input[str]]
    """Where the instance may stand, by zone letter."""
    private_cidrs: Sequence[str]
    """What clients reach through the tunnel, on `client_ports` only: the private and the intra subnets."""
    client_ports: Mapping[int, str] = field(default_factory=lambda: {API_PORT: "the Kubernetes API"})
    """TCP port -> what people reach on it."""
    api_security_group_ids: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    """Cluster -> the security group of its API's interfaces, which gets a rule that lets people in on 443."""
    resolver: str
    """The VPC's DNS resolver, which clients ask for the cluster's name."""
    client_cidr: str = "10.41.0.0/24"
    """Addresses of connected clients. The cluster never sees them: it sees the bastion's."""
    source_cidrs: Sequence[str] = ("0.0.0.0/0",)
    """Where clients may connect from."""
    port: int = 1194
    """UDP."""
    image: ImageName = "ubuntu-24.04"
    """Ubuntu release of the instance."""
    instance_type: str = "t3.small"
    """EC2 instance type, whose architecture decides the image's."""
    mfa: Totp | Duo = field(default_factory=Totp)
    """The second factor."""
    topic_arn: pulumi.Input[str] | None = None
    """Where the alarms go; None: there are none (INH-3)."""
    log_retention_days: int = 365
    """Days that the journal is kept; a value that CloudWatch Logs knows."""
    protect: bool = True
    """Refuse to delete the address, the key and the log."""

    def validate(self) -> None:
        """Refuse what AWS, OpenVPN or the guide would refuse, all faults at once.

        Raises:
            ValueError: each fault names the argument, its value, what is allowed and the requirement.
        """
        faults = [*self._network_faults(), *self._people_faults()]
        if self.image not in IMAGES:
            faults.append(f"VpnBastionArgs.image: {self.image} is not known; choose from {', '.join(IMAGES)} (VPN-MFA)")
        if faults:
            raise ValueError("\n".join(faults))

    def _network_faults(self) -> Iterator[str]:
        if not self.public_subnet_ids:
            yield "VpnBastionArgs.public_subnet_ids: none; the instance needs at least one (VPN-MFA)"
        if not 0 < self.port < 1 << 16:
            yield f"VpnBastionArgs.port: {self.port} is not a port; give 1 to 65535 (VPN-MFA)"
        if API_PORT not in self.client_ports or not all(0 < port < 1 << 16 for port in self.client_ports):
            yield f"VpnBastionArgs.client_ports: {[*self.client_ports]}; give ports, {API_PORT} among them (AWS-SG)"
        ranges = {
            "client_cidr": [self.client_cidr],
            "private_cidrs": self.private_cidrs,
            "source_cidrs": self.source_cidrs,
            "resolver": [f"{self.resolver}/32"],
        }
        malformed = [
            f"VpnBastionArgs.{name}: {cidr} is not an IPv4 network such as 10.40.0.0/16 (AWS-SG)"
            for name, cidrs in ranges.items()
            for cidr in cidrs
            if not _is_network(cidr)
        ]
        empty = [
            f"VpnBastionArgs.{name}: none; name at least one (AWS-SG)" for name, cidrs in ranges.items() if not cidrs
        ]
        yield from malformed or empty or self._range_faults()

    def _range_faults(self) -> Iterator[str]:
        clients = ipaddress.IPv4Network(self.client_cidr)
        if fault := openvpn.client_range_fault(self.client_cidr):
            yield f"VpnBastionArgs.client_cidr: {fault} (VPN-MFA)"
        for cidr in self.private_cidrs:
            network = ipaddress.IPv4Network(cidr)
            # Everything else would be a default route in pieces: the tunnel is for the private subnets only.
            if not network.is_private:
                yield f"VpnBastionArgs.private_cidrs: {cidr} is not a private range (VPN-MFA)"
            if network.overlaps(clients):
                yield f"VpnBastionArgs.client_cidr: {clients} overlaps {cidr}; choose a range outside the VPC (VPN-MFA)"

    def _people_faults(self) -> Iterator[str]:
        names = [person.name for person in self.people]
        for name in sorted({name for name in names if names.count(name) > 1}):
            yield f"VpnBastionArgs.people: {name} is named twice; one entry each (SSH-USER)"
        for person in self.people:
            where = f"VpnBastionArgs.people.{person.name}"
            if not NAME.fullmatch(person.name) or person.name in SYSTEM_NAMES:
                yield f"{where}: the name is a system's or none; give lower-case letters, digits, dashes (SSH-USER)"
            if (person.vpn_certificate_request is None) != person.generate_vpn_key:
                yield f"{where}: give either vpn_certificate_request or generate_vpn_key (VPN-MFA)"
            elif person.vpn_certificate_request is not None and (
                fault := request_fault(person.name, person.vpn_certificate_request)
            ):
                yield f"{where}.vpn_certificate_request: {fault} (VPN-MFA)"


def _is_network(cidr: str) -> bool:
    try:
        ipaddress.IPv4Network(cidr)
    except ValueError:
        return False
    return "/" in cidr


def request_fault(name: str, pem: str) -> str | None:
    """Why a certificate request cannot be signed for a person; None: it can."""
    try:
        request = x509.load_pem_x509_csr(pem.encode())
        key = request.public_key()
    except ValueError:
        return "is not a PEM certificate signing request"
    if not request.is_signature_valid:
        return "its signature does not fit its key"
    if [each.value for each in request.subject.get_attributes_for_oid(NameOID.COMMON_NAME)] != [name]:
        return f"is for somebody else; its CN must be {name}"
    allowed = [CURVES[curve] for curve in tls.MODERN.ecdsa_curves]
    if not isinstance(key, ec.EllipticCurvePublicKey) or key.curve.name not in allowed:
        return f"its key is none of {', '.join(tls.MODERN.ecdsa_curves)}"
    return None


def egress_domains(mfa: Totp | Duo) -> list[str]:
    """What the bastion resolves besides AWS's names, for networks with a list of allowed domains (AWS-EGRESS)."""
    return ["*.ubuntu.com", *([mfa.api_host] if isinstance(mfa, Duo) else [])]
