"""Arguments of `VpnBastion`, and their validation (VPN-MFA, AWS-SG)."""

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
from components.bastion.images import ImageName
from components.cluster.firewall import API_PORT
from components.context import AwsContext
from components.faults import Arguments, Fault, choice_faults, unless_matching, unless_ranges, unless_within
from components.instance_types import is_instance_type
from components.log_retention import retention_faults
from components.people import Person, people_faults
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
    """A six-digit code of each person's authenticator application (RFC 6238) as the second factor; no third party."""

    def faults(self) -> Iterator[Fault]:
        """Yield nothing: there are no arguments."""
        yield from ()


@dataclass(frozen=True, kw_only=True)
class Duo:
    """Duo as the second factor: push, telephone or passcode."""

    api_host: str
    """Such as api-0123abcd.duosecurity.com."""
    integration_key: str
    """Names the application; no secret."""
    secret_key: pulumi.Input[str] = field(repr=False)
    """Signs requests to Duo. Kept in Secrets Manager and on the bastion, nowhere else."""

    def faults(self) -> Iterator[Fault]:
        """Yield values that are not Duo's, above all its host, which would see every login (VPN-MFA)."""
        allowed = "Duo's API host, api-XXXXXXXX.duosecurity.com"
        yield from unless_matching(("api_host",), self.api_host, r"api-[0-9a-z]+\.duosecurity\.com", allowed, "VPN-MFA")
        allowed = "Duo's integration key: DI and 18 letters or digits"
        yield from unless_matching(("integration_key",), self.integration_key, r"DI[0-9A-Z]{18}", allowed, "VPN-MFA")


@dataclass(frozen=True, kw_only=True)
class VpnBastionArgs(Arguments):
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

    def faults(self) -> Iterator[Fault]:
        """Yield arguments that AWS, OpenVPN or the guide would refuse."""
        yield from (fault.under("tags") for fault in self.tags.faults())
        yield from choice_faults(self, "VPN-MFA")
        yield from (fault.under("mfa") for fault in self.mfa.faults())
        if not is_instance_type(self.instance_type):
            found = f"{self.instance_type!r} is not an instance type"
            yield Fault(("instance_type",), found, "give one such as t3.small", "VPN-MFA")
        yield from self._network_faults()
        yield from self._people_faults()
        yield from retention_faults(self.log_retention_days)

    def _network_faults(self) -> Iterator[Fault]:
        if not self.public_subnet_ids:
            yield Fault(("public_subnet_ids",), "there is none", "the instance needs at least one", "VPN-MFA")
        yield from unless_within(("port",), self.port, 1, 65535, "VPN-MFA")
        if API_PORT not in self.client_ports or not all(0 < port < 1 << 16 for port in self.client_ports):
            found = f"{[*self.client_ports]} is not allowed"
            yield Fault(("client_ports",), found, f"give ports, {API_PORT} among them", "AWS-SG")
        ranges = {
            "client_cidr": [self.client_cidr],
            "private_cidrs": self.private_cidrs,
            "source_cidrs": self.source_cidrs,
            "resolver": [f"{self.resolver}/32"],
        }
        malformed = [fault for name, cidrs in ranges.items() for fault in unless_ranges((name,), cidrs, "AWS-SG")]
        empty = [
            Fault((name,), "there is none", "name at least one", "AWS-SG")
            for name, cidrs in ranges.items()
            if not cidrs
        ]
        yield from [*malformed, *empty] or self._range_faults()

    def _range_faults(self) -> Iterator[Fault]:
        clients = ipaddress.IPv4Network(self.client_cidr)
        yield from openvpn.client_range_faults(self.client_cidr)
        if inside := [cidr for cidr in self.private_cidrs if ipaddress.IPv4Network(cidr).overlaps(clients)]:
            found = f"{clients} overlaps {', '.join(inside)}"
            yield Fault(("client_cidr",), found, "choose a range outside the VPC", "VPN-MFA")
        for cidr in self.private_cidrs:
            network = ipaddress.IPv4Network(cidr)
            # Other ranges would be a default route in parts: the tunnel is for the private subnets only.
            if not network.is_private:
                found, allowed = f"{cidr} is not a private range", "name the private and the intra subnets"
                yield Fault(("private_cidrs",), found, allowed, "VPN-MFA")

    def _people_faults(self) -> Iterator[Fault]:
        yield from people_faults(self.people)
        for person in self.people:
            where, request = ("people", person.name), person.vpn_certificate_request
            if person.name in SYSTEM_NAMES:
                found = f"{person.name} is the name of an account of the system"
                yield Fault((*where, "name"), found, "choose another name", "SSH-USER")
            if (request is None) != person.generate_vpn_key:
                found = "there are two sources of the VPN key" if request is not None else "there is no VPN key"
                allowed = (
                    "give either `vpn_certificate_request` (the key stays with the person) or `generate_vpn_key`"
                    " (the key is kept in the state as a secret)"
                )
                yield Fault(where, found, allowed, "VPN-MFA")
            if request is not None:
                yield from (fault.under(*where) for fault in request_faults(person.name, request))


def request_faults(name: str, pem: str) -> Iterator[Fault]:
    """The reason why a certificate request cannot be signed for a person."""
    path, requirement = ("vpn_certificate_request",), "VPN-MFA"
    try:
        request = x509.load_pem_x509_csr(pem.encode())
        key = request.public_key()
    except ValueError:
        yield Fault(path, "is not a certificate signing request", "give it in PEM", requirement)
        return
    if not request.is_signature_valid:
        yield Fault(path, "its signature does not fit its key", "make the request again", requirement)
    names = [str(each.value) for each in request.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
    if names != [name]:
        found = f"is for CN {', '.join(names) or 'nobody'}"
        yield Fault(path, found, f"make one whose CN is {name}", requirement)
    allowed = [CURVES[curve] for curve in tls.MODERN.ecdsa_curves]
    if not isinstance(key, ec.EllipticCurvePublicKey) or key.curve.name not in allowed:
        curves = ", ".join(tls.MODERN.ecdsa_curves)
        yield Fault(path, "its key is of another kind", f"make a key of {curves}", requirement)


def egress_domains(mfa: Totp | Duo) -> list[str]:
    """Domains that the bastion resolves besides AWS's, for networks with a list of allowed domains (AWS-EGRESS)."""
    return ["*.ubuntu.com", *([mfa.api_host] if isinstance(mfa, Duo) else [])]
