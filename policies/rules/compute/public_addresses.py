"""A policy about public addresses of instances (AWS-EGRESS)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policies.kernel.policy import HIGH, MANDATORY, Policy
from policies.kernel.resource import Resource, Violation, violation
from policies.kernel.value import Value
from policies.rules.compute.instances import (
    ALL_LAUNCHERS,
    BASTION,
    LAUNCH_CONFIGURATION,
    LAUNCH_TEMPLATE,
    ROLE_TAG,
    Machine,
    is_bastion,
    machines,
)

EIP: Final = "aws:ec2/eip:Eip"
EIP_ASSOCIATION: Final = "aws:ec2/eipAssociation:EipAssociation"
ADDRESSES: Final = ("associatePublicIpAddress", "associateCarrierIpAddress")
PLACES: Final = ("subnetId", "networkInterfaces", "primaryNetworkInterface", "launchTemplate")
"""Where a machine says which subnet it is in; a launch template says so, or is used by what does."""
TEMPLATES: Final = frozenset({LAUNCH_TEMPLATE, LAUNCH_CONFIGURATION})
PRIVATE: Final = "no public address: the way out is the NAT gateway, the way in a load balancer or the VPN"


def _no_public_ip(resource: Resource) -> Iterator[Violation]:
    if resource.type in (EIP, EIP_ASSOCIATION):
        yield from _elastic(resource)
        return
    for machine in machines(resource):
        with resource.isolate():
            if is_bastion(machine):
                continue
            yield from _asked(resource, machine)
            if resource.type not in TEMPLATES and not any(_given(machine.value[name]) for name in PLACES):
                # Only a setting that overrides the default subnet's own prevents an address.
                address = machine.value["associatePublicIpAddress"]
                if address.flag(default=True):
                    yield violation(machine.value["subnetId"], "nothing (a default subnet, which gives one)", PRIVATE)


def _asked(resource: Resource, machine: Machine) -> Iterator[Violation]:
    """Public addresses requested by a specification."""
    holders = [machine.value] if resource.type != LAUNCH_TEMPLATE else machine.value["networkInterfaces"].items()
    for holder in holders:
        for name in ADDRESSES:
            with resource.isolate():
                if holder[name].flag():
                    yield violation(holder[name], "true", PRIVATE)


def _given(value: Value) -> bool:
    """Whether a value is set; the subnet may be unknown yet, but it is certain that there is one."""
    return not value.known or (value.present and not (value.is_list and not value.items()) and value.scalar() != "")


def _elastic(resource: Resource) -> Iterator[Violation]:
    """An elastic IP of an instance; for a NAT gateway or a load balancer no instance is named."""
    if resource.type == EIP and resource.props.along("tags", ROLE_TAG).text() == BASTION:
        return
    names = ("instance", "networkInterface") if resource.type == EIP else ("instanceId", "networkInterfaceId")
    for name in names:
        with resource.isolate():
            given = resource.props[name]
            # The instance may be unknown yet; it is certain that there is one.
            if not given.known or given.text():
                yield violation(given, "an elastic IP for a machine", PRIVATE)


NO_PUBLIC_IP = Policy(
    id="no-public-ip",
    requirement="AWS-EGRESS",
    types=ALL_LAUNCHERS | {EIP, EIP_ASSOCIATION},
    level=MANDATORY,
    severity=HIGH,
    description="No machine has a public address, but for the VPN bastion.",
    fix=f"set associatePublicIpAddress to false; only the VPN bastion is tagged {ROLE_TAG}={BASTION}",
    rule=_no_public_ip,
)

POLICIES = (NO_PUBLIC_IP,)
