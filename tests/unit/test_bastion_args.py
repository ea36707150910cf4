"""What the bastion refuses before anything is registered, and the words that it uses."""

from __future__ import annotations

import dataclasses
from typing import Any, get_args

import pytest

from components.bastion import Totp, egress_domains
from components.bastion.args import SYSTEM_NAMES
from components.bastion.images import IMAGES, ImageName
from components.faults import ArgumentError
from components.people import Person
from components.settings.vpn import VpnSettings
from tests.support.program.bastion_of import DUO, PEOPLE, arguments, person, request

ADA = PEOPLE[0]


def with_(**changes: Any) -> Person:
    return dataclasses.replace(ADA, **changes)


def test_what_main_gives_is_allowed() -> None:
    arguments().validate()
    arguments(people=[]).validate()


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "no subnet": ({"public_subnet_ids": {}}, "public_subnet_ids: there is none; the instance needs at least one"),
    "no port": ({"port": 0}, "port: 0 is not allowed; give 1 to 65535"),
    "unknown image": (
        {"image": "debian-12"},
        "image: debian-12 is not allowed; choose from ubuntu-24.04, ubuntu-26.04",
    ),
    "nobody may connect": ({"source_cidrs": []}, "source_cidrs: there is none; name at least one (AWS-SG)"),
    "no way to the API": ({"client_ports": {2222: "git push"}}, "443 among them (AWS-SG)"),
    "nothing to reach": ({"private_cidrs": []}, "private_cidrs: there is none; name at least one"),
    "IPv6": ({"source_cidrs": ["2001:db8::/32"]}, "source_cidrs: 2001:db8::/32 is not an IPv4 network"),
    "no prefix": ({"source_cidrs": ["203.0.113.7"]}, "source_cidrs: 203.0.113.7 has no prefix; give 203.0.113.7/32"),
    "a name for a resolver": ({"resolver": "dns"}, "resolver: dns/32 is not an IPv4 network"),
    "host bits": ({"private_cidrs": ["10.40.0.1/16"]}, "private_cidrs: 10.40.0.1/16 is not an IPv4 network"),
    "a default route": (
        {"private_cidrs": ["0.0.0.0/0"]},
        "private_cidrs: 0.0.0.0/0 is not a private range; name the private and the intra subnets (VPN-MFA)",
    ),
    "half of one": ({"private_cidrs": ["128.0.0.0/1"]}, "private_cidrs: 128.0.0.0/1 is not a private range"),
    "clients in the VPC": (
        {"client_cidr": "10.40.16.0/24"},
        "client_cidr: 10.40.16.0/24 overlaps 10.40.16.0/20; choose a range outside the VPC (VPN-MFA)",
    ),
    "too many clients": ({"client_cidr": "10.0.0.0/8"}, "client_cidr: 10.0.0.0/8 is not allowed"),
    "too few": ({"client_cidr": "10.41.0.0/29"}, "give a private range of /16 to /28"),
    "public clients": ({"client_cidr": "8.8.8.0/24"}, "client_cidr: 8.8.8.0/24 is not allowed"),
    "the same twice": (
        {"people": [ADA, ADA]},
        "people.ada.name: ada belongs to both ada and ada; give each person their own (SSH-USER)",
    ),
    "a system's name": (
        {"people": [person("ubuntu", "admin")]},
        "people.ubuntu.name: ubuntu is the name of an account of the system",
    ),
    "no name": ({"people": [with_(name="../ada")]}, "people.../ada.name: '../ada' is not allowed"),
    "no key": ({"people": [with_(vpn_certificate_request=None)]}, "people.ada: there is no VPN key; give either"),
    "two keys": ({"people": [with_(generate_vpn_key=True)]}, "people.ada: there are two sources of the VPN key"),
    "no request": (
        {"people": [with_(vpn_certificate_request="hello")]},
        "people.ada.vpn_certificate_request: is not a certificate signing request; give it in PEM (VPN-MFA)",
    ),
    "somebody else's": (
        {"people": [with_(vpn_certificate_request=request("grace"))]},
        "people.ada.vpn_certificate_request: is for CN grace; make one whose CN is ada (VPN-MFA)",
    ),
    "a curve outside the guide": (
        {"people": [with_(vpn_certificate_request=request("ada", "secp521r1"))]},
        "people.ada.vpn_certificate_request: its key is of another kind; make a key of P256, P384 (VPN-MFA)",
    ),
}


@pytest.mark.parametrize(("changes", "words"), REFUSED.values(), ids=REFUSED)
def test_refused(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ArgumentError, match="VpnBastionArgs") as fault:
        arguments(**changes).validate()
    assert words in str(fault.value)


def test_all_faults_come_at_once() -> None:
    with pytest.raises(ArgumentError, match="port") as fault:
        arguments(port=70000, image="", people=[person("root", "admin")]).validate()
    assert len(str(fault.value).splitlines()) == 3


def test_nobody_is_called_like_what_the_bastion_runs_as() -> None:
    assert {"root", "nobody", "sshd", "palisade-vpn", "palisade-ssh", "sudo"} <= SYSTEM_NAMES


def test_the_settings_know_the_same_images() -> None:
    assert get_args(VpnSettings.model_fields["image"].annotation) == tuple(IMAGES) == get_args(ImageName)


def test_a_network_with_a_list_of_domains_is_told_what_the_bastion_needs() -> None:
    assert egress_domains(Totp()) == ["*.ubuntu.com"]
    assert egress_domains(DUO) == ["*.ubuntu.com", DUO.api_host]
