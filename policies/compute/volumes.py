"""A policy about volumes and what they are copied to (INH-4)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from policies.cases import OMITTED, UNKNOWN, Case, Item, changed, fail, ok, unknown
from policies.instances import ALL_LAUNCHERS, INSTANCE, LAUNCH_TEMPLATE, SPOT, SPOT_FLEET, machines, volumes
from policies.judged import Resource, Violation, breach
from policies.policy import HIGH, REMEDIATE, Policy
from policies.remedies import Change
from policies.values import Value

VOLUME: Final = "aws:ebs/volume:Volume"
FILES: Final = "aws:efs/fileSystem:FileSystem"
COPIES: Final = frozenset(
    {
        VOLUME,
        FILES,
        "aws:ebs/snapshotCopy:SnapshotCopy",
        "aws:ebs/snapshotImport:SnapshotImport",
        "aws:ec2/amiCopy:AmiCopy",
    }
)
"""What says by itself whether it is encrypted."""
SYSTEM: Final = ("/dev/xvda", "/dev/sda1")
"""What images call the volume that a machine starts from."""
ROOT: Final = "rootBlockDevice"
WITH_ROOT: Final = frozenset({INSTANCE, SPOT, SPOT_FLEET, "aws:ec2/launchConfiguration:LaunchConfiguration"})
REQUIRED: Final = "true"


def _describes_system(mappings: Value) -> bool:
    """Whether one of a template's mappings is of the volume that the machine starts from."""
    return any(
        mapping["ebs"].present and (not mapping["deviceName"].known or mapping["deviceName"].text() in SYSTEM)
        for mapping in mappings.items()
    )


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
            if resource.type in WITH_ROOT and not any(str(place[0]).startswith(ROOT) for _, place in described):
                name = f"{ROOT}s" if resource.type == SPOT_FLEET else ROOT
                found = breach(machine.value[name], "nothing (the image's default)", "the system's volume, encrypted")
                yield found, ((ROOT, "encrypted"), True)
            if resource.type == LAUNCH_TEMPLATE and not _describes_system(machine.value["blockDeviceMappings"]):
                found = breach(
                    machine.value["blockDeviceMappings"],
                    "nothing about the system's volume (the image's default)",
                    f"a mapping of {' or '.join(SYSTEM)}, encrypted",
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
        fail("system_volume_omitted", _instance({"rootBlockDevice": OMITTED}), at="rootBlockDevice"),
        fail("system_volume_plain", _instance({"rootBlockDevice.encrypted": False}), at="rootBlockDevice.encrypted"),
        fail("second_volume", _instance({"ebsBlockDevices.0.encrypted": OMITTED}), at="ebsBlockDevices[0].encrypted"),
        fail("template_plain", _template({_MAPPING: "false"}), at="blockDeviceMappings[0].ebs.encrypted"),
        fail(
            "template_of_another_volume",
            _template({"blockDeviceMappings.0.deviceName": "/dev/sdf"}),
            at="blockDeviceMappings",
        ),
        fail("file_system_by_default", Item(type=FILES, props={"creationToken": "shared"}), at="encrypted"),
        fail(
            "spot_fleet_by_default",
            Item(type=SPOT_FLEET, props={"launchSpecifications": [{"ami": "ami-1"}]}),
            at="launchSpecifications[0].rootBlockDevices",
        ),
        fail("template_without_volumes", _template({"blockDeviceMappings": OMITTED}), at="blockDeviceMappings"),
        fail("volume_by_default", Item(type=VOLUME, props={"availabilityZone": "a"}), at="encrypted"),
        unknown("decided_later", _template({_MAPPING: UNKNOWN})),
    ),
}
