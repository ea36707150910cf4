"""A policy about public addresses of instances (AWS-EGRESS)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policies.kernel.policy import HIGH, MANDATORY, Policy
from policies.kernel.resource import Resource, Violation, violation
from policies.rules.compute.instances import ALL_LAUNCHERS, BASTION, LAUNCH_TEMPLATE, ROLE_TAG, is_bastion, machines

EIP: Final = "aws:ec2/eip:Eip"
EIP_ASSOCIATION: Final = "aws:ec2/eipAssociation:EipAssociation"
PRIVATE: Final = "no public address: the way out is the NAT gateway, the way in a load balancer or the VPN"


def _no_public_ip(resource: Resource) -> Iterator[Violation]:
    if resource.type in (EIP, EIP_ASSOCIATION):
        yield from _elastic(resource)
        return
    for machine in machines(resource):
        with resource.isolate():
            asked = [machine.value["associatePublicIpAddress"]]
            if resource.type == LAUNCH_TEMPLATE:
                asked = [one["associatePublicIpAddress"] for one in machine.value["networkInterfaces"].items()]
            for one in asked:
                with resource.isolate():
                    if one.flag() and not is_bastion(machine):
                        yield violation(one, "true", PRIVATE)


def _elastic(resource: Resource) -> Iterator[Violation]:
    """An elastic address given to a machine; one for a NAT gateway or a load balancer names no machine."""
    if resource.type == EIP and resource.props.along("tags", ROLE_TAG).text() == BASTION:
        return
    names = ("instance", "networkInterface") if resource.type == EIP else ("instanceId", "networkInterfaceId")
    for name in names:
        with resource.isolate():
            given = resource.props[name]
            # Which machine it is may be decided later; that it is one is certain.
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
