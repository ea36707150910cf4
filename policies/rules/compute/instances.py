"""Every AWS resource that launches instances, read as one, so that a rule about instances is written once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from policies.kernel.resource import Resource
from policies.kernel.value import Value

INSTANCE: Final = "aws:ec2/instance:Instance"
SPOT: Final = "aws:ec2/spotInstanceRequest:SpotInstanceRequest"
LAUNCH_TEMPLATE: Final = "aws:ec2/launchTemplate:LaunchTemplate"
LAUNCH_CONFIGURATION: Final = "aws:ec2/launchConfiguration:LaunchConfiguration"
SPOT_FLEET: Final = "aws:ec2/spotFleetRequest:SpotFleetRequest"

LAUNCHERS: Final = frozenset({INSTANCE, SPOT, LAUNCH_TEMPLATE, LAUNCH_CONFIGURATION})
"""Fleets and Auto Scaling groups launch from one of these; only a spot fleet can also do so by itself."""
ALL_LAUNCHERS: Final = LAUNCHERS | {SPOT_FLEET}

ROLE_TAG: Final = "palisade:role"
BASTION: Final = "vpn-bastion"
"""The value of ROLE_TAG that marks the one machine which may have a public address."""


@dataclass(frozen=True)
class Machine:
    """A launch specification of an instance."""

    value: Value
    type: str


def machines(resource: Resource) -> Iterator[Machine]:
    """The launch specifications in a resource: its own, or those of a spot fleet."""
    if resource.type != SPOT_FLEET:
        yield Machine(resource.props, resource.type)
        return
    for specification in resource.props["launchSpecifications"].items():
        with resource.isolate():
            yield Machine(specification, resource.type)


def tag_sets(machine: Machine) -> Iterator[dict[str, Value]]:
    """The tags of the launched instances."""
    if machine.type == LAUNCH_TEMPLATE:
        for specification in machine.value["tagSpecifications"].items():
            if specification["resourceType"].text() == "instance":
                yield specification["tags"].fields()
    else:
        yield machine.value["tags"].fields()


def is_bastion(machine: Machine) -> bool:
    """Whether the instance is tagged as the VPN bastion."""
    return any(tags[ROLE_TAG].text() == BASTION for tags in tag_sets(machine) if ROLE_TAG in tags)


def volumes(machine: Machine) -> Iterator[tuple[Value, tuple[str | int, ...]]]:
    """The EBS volumes of the specification, each with its path for a remedy."""
    if machine.type == LAUNCH_TEMPLATE:
        for index, mapping in enumerate(machine.value["blockDeviceMappings"].items()):
            if mapping["ebs"].present:
                yield mapping["ebs"], ("blockDeviceMappings", index, "ebs")
        return
    for block in ("rootBlockDevice", "rootBlockDevices"):
        device = machine.value[block]
        if device.present:
            for index, one in enumerate(device.one_or_more()):
                yield one, (block,) if one is device else (block, index)
    for index, one in enumerate(machine.value["ebsBlockDevices"].items()):
        yield one, ("ebsBlockDevices", index)
