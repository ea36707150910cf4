"""Cases of public_addresses.py."""

from __future__ import annotations

from typing import Any, Final

from policies.kernel.cases import OMITTED, UNKNOWN, Case, Item, changed, fail, ok, unknown
from policies.rules.compute.instances import (
    BASTION,
    INSTANCE,
    LAUNCH_CONFIGURATION,
    LAUNCH_TEMPLATE,
    ROLE_TAG,
    SPOT_FLEET,
)
from policies.rules.compute.public_addresses import EIP, EIP_ASSOCIATION, NO_PUBLIC_IP

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
        ok("private_machine", _launched(INSTANCE, ami="ami-1", subnetId=UNKNOWN)),
        ok("machine_of_a_template", _launched(INSTANCE, launchTemplate={"id": "lt-1"})),
        ok("private_machine_in_a_default_subnet", _launched(INSTANCE, associatePublicIpAddress=False)),
        fail("machine_in_a_default_subnet", _launched(INSTANCE, ami="ami-1"), at="subnetId"),
        fail(
            "fleet_in_a_default_subnet",
            _launched(SPOT_FLEET, launchSpecifications=[{"ami": "ami-1"}]),
            at="launchSpecifications[0].subnetId",
        ),
        fail(
            "carrier_address",
            _template({_ROLE: OMITTED, "networkInterfaces.0": {"associateCarrierIpAddress": "true"}}),
            at="networkInterfaces[0].associateCarrierIpAddress",
        ),
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
        unknown("decided_later", _launched(INSTANCE, associatePublicIpAddress=UNKNOWN, subnetId="subnet-1")),
    ),
}
