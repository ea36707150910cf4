"""A policy about volumes and their snapshots and copies (INH-4)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policies.kernel.policy import HIGH, REMEDIATE, Policy
from policies.kernel.remediation import Change
from policies.kernel.resource import Resource, Violation, violation
from policies.kernel.value import Value
from policies.rules.compute.instances import (
    ALL_LAUNCHERS,
    INSTANCE,
    LAUNCH_TEMPLATE,
    SPOT,
    SPOT_FLEET,
    machines,
    volumes,
)

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
    """Whether one of a template's mappings is the root volume."""
    return any(
        mapping["ebs"].present and (not mapping["deviceName"].known or mapping["deviceName"].text() in SYSTEM)
        for mapping in mappings.items()
    )


def _plain_text(resource: Resource) -> Iterator[tuple[Violation, Change]]:
    """Unencrypted volumes, each with its remedy."""
    if resource.type in COPIES:
        given = resource.props["encrypted"]
        if not given.flag():
            yield violation(given, "false" if given.present else "nothing (false)", REQUIRED), (("encrypted",), True)
        return
    for machine in machines(resource):
        with resource.isolate():
            described = list(volumes(machine))
            if resource.type in WITH_ROOT and not any(str(place[0]).startswith(ROOT) for _, place in described):
                name = f"{ROOT}s" if resource.type == SPOT_FLEET else ROOT
                found = violation(
                    machine.value[name], "nothing (the image's default)", "the system's volume, encrypted"
                )
                yield found, ((ROOT, "encrypted"), True)
            if resource.type == LAUNCH_TEMPLATE and not _describes_system(machine.value["blockDeviceMappings"]):
                found = violation(
                    machine.value["blockDeviceMappings"],
                    "nothing about the system's volume (the image's default)",
                    f"a mapping of {' or '.join(SYSTEM)}, encrypted",
                )
                yield found, ((), None)
            for volume, place in described:
                with resource.isolate():
                    given = volume["encrypted"]
                    if not given.flag():
                        found = violation(given, "false" if given.present else "nothing (false)", REQUIRED)
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
