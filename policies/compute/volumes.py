"""A policy about volumes and what they are copied to (INH-4)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from policies.cases import OMITTED, UNKNOWN, Case, Item, changed, fail, ok, unknown
from policies.instances import ALL_LAUNCHERS, INSTANCE, LAUNCH_TEMPLATE, SPOT, SPOT_FLEET, machines, volumes
from policies.judged import Resource, Violation, breach
from policies.policy import HIGH, REMEDIATE, Policy
from policies.remedies import Change

VOLUME: Final = "aws:ebs/volume:Volume"
COPIES: Final = frozenset({VOLUME, "aws:ebs/snapshotCopy:SnapshotCopy", "aws:ec2/amiCopy:AmiCopy"})
ROOT: Final = "rootBlockDevice"
WITH_ROOT: Final = frozenset({INSTANCE, SPOT, "aws:ec2/launchConfiguration:LaunchConfiguration"})
REQUIRED: Final = "true"


def _plain_text(resource: Resource) -> Iterator[tuple[Violation, Change]]:
    """What is not encrypted, each with its repair."""
    if resource.type in COPIES:
        given = resource.props["encrypted"]
        if not given.flag():
            yield breach(given, "false" if given.present else "nothing (false)", REQUIRED), (("encrypted",), True)
        return
    for machine in machines(resource):
        with resource.apart():
            described = list(volumes(machine))
            if resource.type in WITH_ROOT and not any(place[0] == ROOT for _, place in described):
                found = breach(f"{ROOT}.encrypted", "nothing (the image's default)", REQUIRED)
                yield found, ((ROOT, "encrypted"), True)
            if resource.type == LAUNCH_TEMPLATE and not described:
                found = breach(
                    machine.value["blockDeviceMappings"], "nothing (the image's default)", "its volumes, encrypted"
                )
                yield found, ((), None)
            for volume, place in described:
                with resource.apart():
                    given = volume["encrypted"]
                    if not given.flag():
                        found = breach(given, "false" if given.present else "nothing (false)", REQUIRED)
                        yield found, ((*place, "encrypted"), REQUIRED if resource.type == LAUNCH_TEMPLATE else True)


def _encrypted(resource: Resource) -> Iterator[Violation]:
    for found, _ in _plain_text(resource):
        yield found


def _encrypt(resource: Resource) -> list[Change]:
    if resource.type == SPOT_FLEET:
        return []
    return [change for _, change in _plain_text(resource) if change[0]]


ENCRYPTED = Policy(
    id="volumes-encrypted",
    requirement="INH-4",
    types=ALL_LAUNCHERS | COPIES,
    level=REMEDIATE,
    severity=HIGH,
    description="Every volume is encrypted, that of the system included.",
    fix="set encrypted on every volume; a launch template describes its volumes in blockDeviceMappings",
    rule=_encrypted,
    remedy=_encrypt,
)

POLICIES = (ENCRYPTED,)

_INSTANCE: Final[dict[str, Any]] = {
    "ami": "ami-1",
    "rootBlockDevice": {"encrypted": True},
    "ebsBlockDevices": [{"deviceName": "/dev/sdb", "encrypted": True}],
}
_TEMPLATE: Final[dict[str, Any]] = {
    "instanceType": "m7i.large",
    "blockDeviceMappings": [{"deviceName": "/dev/xvda", "ebs": {"encrypted": "true", "volumeSize": 50}}],
}


def _instance(changes: dict[Any, Any] | None = None) -> Item:
    return Item(type=INSTANCE, props=changed(_INSTANCE, changes or {}))


def _template(changes: dict[Any, Any] | None = None) -> Item:
    return Item(type=LAUNCH_TEMPLATE, props=changed(_TEMPLATE, changes or {}))


_MAPPING = "blockDeviceMappings.0.ebs.encrypted"

CASES: dict[str, tuple[Case, ...]] = {
    ENCRYPTED.id: (
        ok("instance", _instance()),
        ok("template", _template()),
        ok("volume", Item(type=VOLUME, props={"availabilityZone": "eu-central-1a", "encrypted": True})),
        fail("system_volume_omitted", _instance({"rootBlockDevice": OMITTED}), at="rootBlockDevice.encrypted"),
        fail("system_volume_plain", _instance({"rootBlockDevice.encrypted": False}), at="rootBlockDevice.encrypted"),
        fail("second_volume", _instance({"ebsBlockDevices.0.encrypted": OMITTED}), at="ebsBlockDevices[0].encrypted"),
        fail("template_plain", _template({_MAPPING: "false"}), at="blockDeviceMappings[0].ebs.encrypted"),
        fail("template_without_volumes", _template({"blockDeviceMappings": OMITTED}), at="blockDeviceMappings"),
        fail("volume_by_default", Item(type=VOLUME, props={"availabilityZone": "a"}), at="encrypted"),
        unknown("decided_later", _template({_MAPPING: UNKNOWN})),
    ),
}
