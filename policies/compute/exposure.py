"""Policies about how a machine is reached: no public address, no shared key to log in with (AWS-EGRESS, SSH-USER)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from policies.cases import OMITTED, UNKNOWN, Case, Item, changed, fail, ok, unknown
from policies.instances import (
    ALL_LAUNCHERS,
    BASTION,
    INSTANCE,
    LAUNCH_CONFIGURATION,
    LAUNCH_TEMPLATE,
    ROLE_TAG,
    SPOT_FLEET,
    is_bastion,
    machines,
)
from policies.judged import Resource, Violation, breach
from policies.policy import ADVISORY, HIGH, LOW, MANDATORY, Policy

EIP: Final = "aws:ec2/eip:Eip"
EIP_ASSOCIATION: Final = "aws:ec2/eipAssociation:EipAssociation"
KEY_PAIR: Final = "aws:ec2/keyPair:KeyPair"
PRIVATE: Final = "no public address: the way out is the NAT gateway, the way in a load balancer or the VPN"


def _no_public_ip(resource: Resource) -> Iterator[Violation]:
    if resource.type in (EIP, EIP_ASSOCIATION):
        yield from _elastic(resource)
        return
    for machine in machines(resource):
        with resource.apart():
            asked = [machine.value["associatePublicIpAddress"]]
            if resource.type == LAUNCH_TEMPLATE:
                asked = [one["associatePublicIpAddress"] for one in machine.value["networkInterfaces"].items()]
            for one in asked:
                with resource.apart():
                    if one.flag() and not is_bastion(machine):
                        yield breach(one, "true", PRIVATE)


def _elastic(resource: Resource) -> Iterator[Violation]:
    """An elastic address given to a machine; one for a NAT gateway or a load balancer names no machine."""
    if resource.type == EIP and resource.props.along("tags", ROLE_TAG).text() == BASTION:
        return
    names = ("instance", "networkInterface") if resource.type == EIP else ("instanceId", "networkInterfaceId")
    for name in names:
        with resource.apart():
            given = resource.props[name]
            # Which machine it is may be decided later; that it is one is certain.
            if not given.known or given.text():
                yield breach(given, "an elastic IP for a machine", PRIVATE)


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


def _no_key_pair(resource: Resource) -> Iterator[Violation]:
    if resource.type == KEY_PAIR:
        yield breach("keyName", "an EC2 key pair", "one key per person, or sessions through SSM")
        return
    for machine in machines(resource):
        with resource.apart():
            key = machine.value["keyName"]
            if key.text():
                yield breach(key, f"the key pair {key.text()}", "none")


NO_KEY_PAIR = Policy(
    id="no-key-pair",
    requirement="SSH-USER",
    types=ALL_LAUNCHERS | {KEY_PAIR},
    level=ADVISORY,
    severity=LOW,
    description="Nobody logs in with a key that a machine was launched with and that several people share.",
    fix="leave keyName out; reach machines through SSM sessions, or with a key per person",
    rule=_no_key_pair,
)

POLICIES = (NO_PUBLIC_IP, NO_KEY_PAIR)

_TEMPLATE: Final[dict[str, Any]] = {
    "instanceType": "t4g.small",
    "networkInterfaces": [{"associatePublicIpAddress": "true", "securityGroups": ["sg-1"]}],
    "tagSpecifications": [{"resourceType": "instance", "tags": {"owner": "platform", ROLE_TAG: BASTION}}],
}
_ROLE = ("tagSpecifications", "0", "tags", ROLE_TAG)
_INTERFACE = "networkInterfaces[0].associatePublicIpAddress"


def _template(changes: dict[Any, Any] | None = None) -> Item:
    return Item(type=LAUNCH_TEMPLATE, props=changed(_TEMPLATE, changes or {}))


def _launched(type_: str, **props: Any) -> Item:
    return Item(type=type_, props=props)


CASES: dict[str, tuple[Case, ...]] = {
    NO_PUBLIC_IP.id: (
        ok("private_machine", _launched(INSTANCE, ami="ami-1")),
        ok("bastion_by_its_tag", _template()),
        ok("private_template", _template({"networkInterfaces.0.associatePublicIpAddress": "false", _ROLE: OMITTED})),
        ok("address_of_a_nat_gateway", _launched(EIP, domain="vpc")),
        ok("address_of_the_bastion", _launched(EIP, instance=UNKNOWN, tags={ROLE_TAG: BASTION})),
        fail("public_machine", _launched(INSTANCE, associatePublicIpAddress=True), at="associatePublicIpAddress"),
        fail("template_that_is_no_bastion", _template({_ROLE: OMITTED}), at=_INTERFACE),
        fail("template_of_another_role", _template({_ROLE: "web"}), at=_INTERFACE),
        fail(
            "launch_configuration",
            _launched(LAUNCH_CONFIGURATION, associatePublicIpAddress=True),
            at="associatePublicIpAddress",
        ),
        fail(
            "spot_fleet",
            _launched(SPOT_FLEET, launchSpecifications=[{"associatePublicIpAddress": True}]),
            at="launchSpecifications[0].associatePublicIpAddress",
        ),
        fail("elastic_address_of_a_machine", _launched(EIP, instance=UNKNOWN), at="instance"),
        fail("elastic_address_associated", _launched(EIP_ASSOCIATION, instanceId="i-1"), at="instanceId"),
        unknown("decided_later", _launched(INSTANCE, associatePublicIpAddress=UNKNOWN)),
    ),
    NO_KEY_PAIR.id: (
        ok("without_key", _launched(INSTANCE, ami="ami-1")),
        fail("machine_with_key", _launched(INSTANCE, keyName="team"), at="keyName"),
        fail("key_pair", _launched(KEY_PAIR, publicKey="ssh-ed25519 AAAA"), at="keyName"),
        unknown("key_made_with_it", _launched(LAUNCH_TEMPLATE, keyName=UNKNOWN)),
    ),
}
