"""Cases of volumes.py."""

from __future__ import annotations

from typing import Any, Final

from policies.kernel.cases import OMITTED, UNKNOWN, Case, Item, changed, fail, ok, unknown
from policies.rules.compute.instances import INSTANCE, LAUNCH_TEMPLATE, SPOT_FLEET
from policies.rules.compute.volumes import ENCRYPTED, FILES, VOLUME

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
